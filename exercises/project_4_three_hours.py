"""
Project 4: three hours ahead
============================

How much fine dust will be in the air of Beijing three hours from now? You get the last
twelve hours. Three hours are a time in which the dust hardly moves, or is blown away.

:Data: Beijing PM2.5, 24,168 windows of 2010 to 2012; those of 2013 and 2014 stay hidden
:Lessons: 4.01 to 4.10
:Takes: an hour or two

1. Copy this file to ``submissions/4_yourname.py`` and work on the copy.
2. Change ``fit`` and ``predict`` as you like; import and add what you need.
3. Save the file, then run the last cell. It trains your model in a process of its own,
   within 120 seconds, and scores it on the even weeks of 2013 and 2014: minus the mean
   absolute error, in micrograms per cubic metre. To beat: the baseline -26.2, the
   course's network -24.4.

At the end the instructor scores all files once more, on the odd weeks.
"""

# %% The model
# What stands here says "as it is now". It is a valid submission; is it a bad one?

COLUMNS = [
    "pm25",
    "dew_point",
    "temperature",
    "pressure",
    "wind_speed",
    "snow_hours",
    "rain_hours",
    "wind_NE",
    "wind_NW",
    "wind_SE",
    "wind_cv",
]


def fit(x, y):
    """Train a model.

    Parameters
    ----------
    x : numpy.ndarray, float32
        Windows, shape (windows, 12, 11): hours in the order of time, ``COLUMNS``. The
        dust has holes (NaN), never in the last hour.
    y : numpy.ndarray, float32
        The dust three hours after the last one of the window, in µg/m³.

    Returns
    -------
    object
        Whatever ``predict`` needs.
    """
    return "no model yet"


def predict(model, x):
    """Return the dust three hours later, in µg/m³, shape (windows,)."""
    return x[:, -1, 0]


# %% Try things out
# What stands under this if runs when *you* run the cell, and not when the file is
# scored. Neighbouring windows share eleven hours: which rows can judge a model? And
# which loss belongs to this score?

if __name__ == "__main__":
    from course_exercises.projects import training_rows

    x, y = training_rows(4)
    print(x.shape, y.shape)

# %% The score
# Every run is one more look at the same weeks. Choose by rows of your own, split off
# from x and y, and use this cell seldom: lesson 2.00 says why.

if __name__ == "__main__":
    from course_exercises.leaderboard import score

    score(__file__)
