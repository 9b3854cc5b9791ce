"""Write the scripts of exercises, with their gaps, from ``exercises/solutions/``.

python tools/write_gaps.py
"""

from course_exercises import EXERCISES_DIR, PARTS, with_gaps

if __name__ == "__main__":
    for stem in PARTS.values():
        text = (EXERCISES_DIR / "solutions" / f"{stem}.py").read_text(encoding="utf-8")
        (EXERCISES_DIR / f"{stem}.py").write_text(
            with_gaps(text), encoding="utf-8", newline="\n"
        )
