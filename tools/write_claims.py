"""Write ``slides/claims.md``: what is said about deep learning, and what was measured.

    python tools/write_claims.py

The figures come from ``tests/measured_results.csv``, which
``python tools/measure_lessons.py`` writes: the results of up to three runs of each
lesson with other seeds. A range is the lowest and the highest of them. Each verdict has
a condition that must be true in every run; if it is not, nothing is written.
"""

import ast
import re
import sys

from measure_lessons import find_lessons, read_results
from run_lesson import COURSE_DIR

CLAIMS_FILE = COURSE_DIR / "slides" / "claims.md"

HOLDS, IN_PART, NOT = "holds here", "holds in part", "does not hold here"

# The claim; its lesson; what was measured, {name} standing for a result; the verdict;
# the condition for the verdict.
CLAIMS = {
    "Foundation": [
        (
            "Sigmoid and tanh saturate",
            "1.13",
            "tanh's slope at 5 is {tanh_slope_at_5}, sigmoid's largest slope "
            "{sigmoid_largest_slope}; the first of five sigmoid layers gets "
            "{first_to_last_sigmoid} of the gradient that the fifth gets",
            HOLDS,
            "tanh_slope_at_5 < 0.001 and first_to_last_sigmoid < 0.01",
        ),
        (
            "The vanishing gradient is what makes deep sigmoid networks slow",
            "1.13",
            "five layers, 10,000 pictures, three seeds. With SGD nothing is learned in "
            "four epochs, and keeping the gradient or the signal helps. With Adam at "
            "0.003 the sigmoid needs {epochs_sigmoid} epochs, with the gradient kept "
            "{epochs_gradient_kept}, with the signal kept {epochs_signal_kept}",
            IN_PART,
            "epochs_gradient_kept > 1.5 * epochs_signal_kept and "
            "sgd_loss_sigmoid > 2.29 and sgd_loss_gradient_kept < 2",
        ),
        (
            "ReLU trains six times faster",
            "1.13",
            "epochs to the same loss with Adam at 0.003, three seeds: sigmoid "
            "{epochs_sigmoid}, tanh {epochs_tanh}, ReLU {epochs_relu_he}: faster than "
            "the sigmoid, not than tanh. (The paper of 2012: one convolutional "
            "network, ReLU against tanh)",
            IN_PART,
            "epochs_relu_he < epochs_sigmoid < 6 * epochs_relu_he and "
            "epochs_relu_he > 0.9 * epochs_tanh",
        ),
        (
            "ReLU is sparse",
            "1.13",
            "{zeros_relu} of the outputs are 0 after training",
            HOLDS,
            "zeros_relu > 0.5",
        ),
        (
            "A zero-centred activation learns better",
            "1.13",
            "epochs to the same loss with Adam at 0.003, three seeds: tanh "
            "{epochs_tanh}, tanh + 1 {epochs_tanh_plus_1}; with biases that take its "
            "shift of the sums away {epochs_without_shift}",
            IN_PART,
            "epochs_tanh_plus_1 > epochs_tanh + 0.9 and "
            "epochs_without_shift < epochs_tanh_plus_1",
        ),
        (
            "SGD often leads the ranking of optimizers",
            "1.14",
            "300 steps, each at its own best of five rates, three seeds: SGD behind "
            "both Adam and momentum, with every seed, in {sgd_behind_both} of 4 "
            "networks",
            NOT,
            "sgd_behind_both >= 3 and adam_ties_for_first >= 3",
        ),
        (
            "AdaDelta never fails badly",
            "1.14",
            "with the default rate last or level with the last in "
            "{adadelta_last_by_default} of 4 networks",
            NOT,
            "adadelta_last_by_default >= 2",
        ),
        (
            "The choice of the optimizer matters",
            "1.14",
            "300 steps, first to last: {gap_default} of accuracy with default rates, "
            "{gap_tuned} with tuned ones: the rate matters more",
            IN_PART,
            "gap_default > 5 * gap_tuned",
        ),
        (
            "A GPU is faster than a CPU",
            "1.15",
            "no GPU on the measuring machine; its CPU: {cpu_gflops} GFLOP/s, and large "
            "products run {large_against_small} times as fast as small ones",
            "not measured here",
            "large_against_small > 1",
        ),
    ],
    "Tables": [
        (
            "Wide and deep together beat each alone",
            "2.07",
            "census, 26,048 people, each at the better of two rates, three seeds, loss "
            "on the test people: deep is {deep_gains_on_wide} ahead of wide, and both "
            "together {wide_adds_to_deep} ahead of deep (standard error of a "
            "difference 0.001); ranges as inputs are worth {ranges_gain} to deep",
            NOT,
            "deep_gains_on_wide > 0.003 and wide_adds_to_deep < 0.0015",
        ),
        (
            "Deep learning beats classical machine learning on a table",
            "2.07",
            "AUC on the census: with capital gain in tenths the network has "
            "{wide_and_deep_auc}, boosting on the amounts {boosting_auc}; with each "
            "amount a word the network {amounts_auc}, boosting {boosting_amounts_auc}; "
            "loss {amounts_loss}, {boosting_amounts_loss}, and logistic regression "
            "{logistic_no_crossing_loss}",
            IN_PART,
            "boosting_auc > wide_and_deep_auc and amounts_auc > boosting_amounts_auc",
        ),
        (
            "The same, on cars",
            "2.03",
            "error over three rounds of five folds: network {folds_network_mae}, SVM "
            "{folds_svm_mae}, extra trees {folds_extra_trees_mae}, forest "
            "{folds_forest_mae}, boosting {folds_boosting_mae}, linear "
            "{folds_linear_mae}, linear on squares and cubes {folds_cubes_mae}; all "
            "but forest, boosting and the plane are level",
            IN_PART,
            "folds_network_mae < folds_forest_mae < folds_linear_mae and "
            "folds_network_mae < folds_boosting_mae and abs(svm_minus_network) < 0.06 "
            "and abs(cubes_minus_network) < 0.08",
        ),
        (
            "Embeddings generalise, crosses learn by heart",
            "2.04",
            "AUC on combinations never seen: crossed {by_heart_auc_never_seen}, "
            "embedded {network_auc_never_seen}; four single columns in a linear model "
            "{one_by_one_auc_never_seen}: not the embedding does it",
            IN_PART,
            "by_heart_auc_never_seen < 0.6 < network_auc_never_seen and "
            "one_by_one_auc_never_seen > network_auc_never_seen - 0.02",
        ),
    ],
    "CNN": [
        (
            "A convolution needs fewer parameters",
            "3.06",
            "{convolution_parameters}; a dense layer with as many outputs "
            "{dense_parameters}",
            HOLDS,
            "convolution_parameters < dense_parameters",
        ),
        (
            "A CNN makes use of the pixels' order",
            "3.02",
            "shuffled pixels cost the CNN {cnn_gap} of accuracy, a dense network "
            "{dense_gap}",
            HOLDS,
            "cnn_gap > 0.02 > dense_gap",
        ),
        (
            "Larger strides shrink the output",
            "3.03",
            "6 × 6, filter 3 × 3: {size_stride_1}, {size_stride_2}, {size_stride_3} "
            "for strides 1, 2, 3",
            HOLDS,
            "size_stride_1 > size_stride_2 >= size_stride_3",
        ),
        (
            "SAME padding keeps the size",
            "3.04",
            "6 stays {same_size} with stride 1; with stride 2 it is {size_stride_2}",
            IN_PART,
            "same_size == 6 and size_stride_2 == 3",
        ),
        (
            "VALID padding lets the output grow",
            "3.04",
            "6 becomes {valid_size}",
            NOT,
            "valid_size < 6",
        ),
        (
            "size = (input - filter + 2 padding) / stride + 1",
            "3.06",
            "right in {formula_right} of 10 layers, rounded down",
            HOLDS,
            "formula_right == 10",
        ),
        (
            "Pooling makes the answer independent of small shifts",
            "3.05",
            "a shift by one pixel changes the features by {change_none}, behind max "
            "pooling by {change_max}, behind two by {change_twice}",
            IN_PART,
            "change_none > change_max > change_twice",
        ),
        (
            "A CNN is better than a dense network on pictures",
            "3.07",
            "linear {linear_accuracy}, dense {dense_accuracy}, CNN {cnn_accuracy}",
            HOLDS,
            "cnn_accuracy > dense_accuracy > linear_accuracy",
        ),
        (
            "A CNN is better than a bag of words on text",
            "3.09",
            "questions: CNN {trec_cnn}, SVM {trec_svm}, standard error 0.013",
            NOT,
            "trec_cnn < trec_svm + 0.013",
        ),
    ],
    "RNN": [
        (
            "20 words of a vocabulary of 10,000 are 200,000 inputs",
            "4.01",
            "{dense_inputs} inputs, {dense_weights} weights to 100 neurons; recurrent "
            "{rnn_weights}",
            HOLDS,
            "dense_inputs == 200000",
        ),
        (
            "A recurrent network follows a sentence that moves",
            "4.01",
            "moved by five words: recurrent {rnn_moved_5}, dense {dense_moved_5}; by "
            "ten {rnn_moved_10}",
            HOLDS,
            "rnn_moved_5 > 0.95 > dense_moved_5",
        ),
        (
            "Gradients vanish",
            "4.02",
            "left over 50 steps: sigmoid {left_sigmoid}, tanh with small weights "
            "{left_tanh_small}",
            HOLDS,
            "left_tanh_small < 1e-6",
        ),
        (
            "Gradients explode",
            "4.02",
            "ReLU with large weights: {left_relu_large}; NaN in {nan_without_cure} of "
            "3 trainings",
            HOLDS,
            "left_relu_large > 10 and nan_without_cure >= 1",
        ),
        (
            "ReLU cures vanishing gradients",
            "4.02",
            "in depth: of 30 layers the first gets {depth_relu_he} of the last one's "
            "gradient with He's weights, {depth_sigmoid} with sigmoids. Over 50 steps "
            "with small recurrent weights: {left_relu_small} is left",
            IN_PART,
            "left_relu_small < 1e-6 and depth_relu_he > 0.1 > depth_sigmoid",
        ),
        (
            "An LSTM cures vanishing gradients",
            "4.02",
            "{left_lstm} is left as it starts, {left_lstm_open} with its forget gate "
            "open; accuracy {accuracy_lstm} and {accuracy_lstm_open}",
            IN_PART,
            "left_lstm < 0.01 < left_lstm_open",
        ),
        (
            "Shortcuts cure vanishing gradients",
            "4.02",
            "{left_shortcut} is left, accuracy {accuracy_shortcut}; without shortcuts, "
            "small tanh weights {left_tanh_small} and {accuracy_tanh_small}, "
            "orthogonal ones {left_tanh_orthogonal}, but {accuracy_tanh_orthogonal}: "
            "they learn, too",
            IN_PART,
            "left_shortcut > 0.1 and accuracy_shortcut > accuracy_tanh_small + 0.2",
        ),
        (
            "Clipping cures exploding gradients",
            "4.02",
            "NaN in {nan_with_clipping} of 3 trainings; squared error "
            "{error_clipping}, with Adam {error_adam_clipping} (the mean: 1). Where "
            "nothing explodes it can cost, at a constant rate: an LSTM with Adam "
            "{error_lstm_adam_clipping} clipped, {error_lstm_adam} not; orthogonal "
            "weights {error_orthogonal_adam_clipping} and {error_orthogonal_adam}, no "
            "rule",
            IN_PART,
            "nan_with_clipping == 0 and error_adam_clipping < 1 and "
            "error_lstm_adam < error_lstm_adam_clipping",
        ),
        (
            "A GRU is faster than an LSTM",
            "4.04",
            "{gru_to_lstm_parameters} of the weights; {gru_to_lstm_time_32} of the "
            "time with 32 units, {gru_to_lstm_time_256} with 256, on this machine",
            IN_PART,
            "gru_to_lstm_parameters < 1",
        ),
        (
            "An LSTM is better on long dependencies",
            "4.04",
            "epochs until 0.99: a letter carried over 40 steps, SimpleRNN "
            "{carried_epochs_simple_rnn}, LSTM with gates set by log T "
            "{carried_epochs_open_lstm} (as Keras starts it {carried_after_8_lstm} "
            "right after eight); a letter to be chosen, SimpleRNN "
            "{chosen_epochs_simple_rnn}, LSTM {chosen_epochs_lstm}, GRU "
            "{chosen_epochs_gru}",
            IN_PART,
            "carried_epochs_simple_rnn <= carried_epochs_open_lstm and "
            "chosen_epochs_lstm < chosen_epochs_simple_rnn",
        ),
        (
            "An LSTM forecasts a series better than simple rules",
            "4.08",
            "passengers: LSTM on growth {lstm_on_log_growth}, last month {persistence},"
            " last year's month with growth {seasonal_naive_with_growth}, a linear "
            "model on growth {linear_on_log_growth}; on passengers LSTM "
            "{lstm_on_passengers}, linear model {linear_on_passengers}",
            IN_PART,
            "seasonal_naive_with_growth < lstm_on_log_growth < persistence",
        ),
        (
            "The same, on several series",
            "4.10",
            "dust a day ahead: LSTM {lstm_24h} (five seeds to 84.0), linear "
            "{linear_24h}, persistence {persistence_24h}; in the year before, LSTM "
            "{lstm_24h_2013}, linear {linear_24h_2013}",
            IN_PART,
            "lstm_24h < persistence_24h - 10 and lstm_24h_2013 > linear_24h_2013 - 1",
        ),
        (
            "Attention shows what a network has decided by",
            "4.11",
            "answers that turn without the most attended word {changed_best}, without "
            "a random word {changed_random}, without the word that matters most "
            "{changed_important}; attention on 'who' by seed {who_attention_least} "
            "to {who_attention_most}",
            IN_PART,
            "changed_important > changed_best > changed_random and "
            "who_attention_most > who_attention_least + 0.5",
        ),
        (
            "Attention needs the division by √d",
            "4.13",
            "one of 16 pairs found: divided {found_16_attention}, not divided "
            "{not_scaled}; with an eighth of the learning rate it learns without",
            IN_PART,
            "not_scaled < found_16_attention - 0.3",
        ),
        (
            "Attention needs positions",
            "4.13",
            "who is named first: without {first_without_positions}, with "
            "{first_with_positions}, without but with a causal mask "
            "{first_with_mask}; for text (4.14) the mask alone is far from enough",
            IN_PART,
            "first_without_positions < 0.6 and first_with_mask > 0.9",
        ),
        (
            "A transformer is a better language model than a recurrent network",
            "4.14",
            "Shakespeare, half a minute on a laptop, bits per character: GPT "
            "{gpt_bits}, GRU {gru_bits}; the GRU's step takes {gru_1024_to_16} times "
            "as long for one text of 1,024 characters as for 64 of 16, the GPT's "
            "{gpt_1024_to_16}",
            NOT,
            "gru_bits < gpt_bits - 0.1 and gpt_1024_to_16 < gru_1024_to_16",
        ),
    ],
    "Overfitting": [
        (
            "At most half as many weights as samples",
            "5.01",
            "a network that obeys: validation accuracy {obeying_accuracy}, gap "
            "{obeying_gap}; 200 weights per picture: {widest_accuracy}, gap "
            "{widest_gap}",
            NOT,
            "widest_accuracy > obeying_accuracy + 0.02 and obeying_gap < widest_gap",
        ),
        (
            "More data, more accuracy",
            "5.01",
            "large network: 500 pictures {accuracy_500_pictures}, 4,000 "
            "{accuracy_4000_pictures}; a stiff model gains a point or so",
            HOLDS,
            "accuracy_4000_pictures > accuracy_500_pictures",
        ),
        (
            "L2 cures overfitting",
            "5.02",
            "test loss {l2_test_loss} (AdamW {decay_test_loss}) instead of "
            "{bare_test_loss}, gap {l2_gap} ({decay_gap}) instead of {bare_gap}; "
            "accuracy {l2_test_accuracy} ({decay_test_accuracy}) instead of "
            "{bare_test_accuracy}",
            IN_PART,
            "l2_test_loss < bare_test_loss and l2_gap < bare_gap",
        ),
        (
            "L2 and weight decay are the same",
            "5.02",
            "largest difference of a weight after 20 steps: SGD {sgd_difference}, with "
            "momentum {momentum_difference}, Adam {adam_difference}",
            IN_PART,
            "sgd_difference < 0.00001 < momentum_difference < adam_difference",
        ),
        (
            "L1 sets weights to zero",
            "5.03",
            "{near_zero_strong_l1} of weights are near zero (L2 {near_zero_l2}, bare "
            "{near_zero_bare}); pruned, accuracy {strong_l1_test_accuracy} instead of "
            "{bare_test_accuracy}",
            IN_PART,
            "near_zero_strong_l1 > 0.5",
        ),
        (
            "Dropout: 0.5 to 0.75 between layers, 0.1 to 0.3 at the input",
            "5.04",
            "validation loss with 0.5 in the middle {middle_05_loss} instead of "
            "{bare_loss}; 0.8 in the middle: accuracy {middle_08_accuracy} instead of "
            "{bare_accuracy}",
            IN_PART,
            "middle_05_loss < bare_loss and middle_08_accuracy < bare_accuracy",
        ),
        (
            "Early stopping cures overfitting",
            "5.06",
            "test loss {early_stopping_loss} instead of {bare_loss}; a temperature for "
            "the bare network: {bare_softened_loss}; accuracy "
            "{early_stopping_accuracy} and {bare_accuracy}",
            IN_PART,
            "early_stopping_loss < bare_loss and bare_softened_loss < bare_loss",
        ),
        (
            "More data is the best cure",
            "5.06",
            "each stopped, test loss: four times the data {data_loss}, weight decay "
            "{decay_loss}, dropout {dropout_loss}",
            HOLDS,
            "data_loss < decay_loss and data_loss < dropout_loss",
        ),
    ],
    "Batch normalization": [
        (
            "It makes training faster, in epochs",
            "5.05",
            "on raw pictures {epochs_needed} epochs for what takes 10; on centred "
            "ones, as one standardises inputs anyway, {epochs_needed_centred}",
            IN_PART,
            "epochs_needed < 5 and epochs_needed_centred > epochs_needed",
        ),
        (
            "It allows larger learning rates",
            "5.05",
            "survives {rates_survived_normalized} of 6 rates instead of "
            "{rates_survived}",
            HOLDS,
            "rates_survived_normalized > rates_survived",
        ),
        (
            "It makes the first weights less important",
            "5.11",
            "ten sigmoid layers, loss: small weights {normalized_small}, Glorot "
            "{normalized_glorot}; without it {loss_sigmoid_glorot}",
            HOLDS,
            "normalized_small < loss_sigmoid_glorot",
        ),
        (
            "It makes deep networks possible",
            "5.11",
            "ten sigmoid layers: {normalized_glorot} instead of {loss_sigmoid_glorot} "
            "(without looking {no_idea})",
            HOLDS,
            "normalized_glorot < 0.5 * loss_sigmoid_glorot",
        ),
        (
            "It regularises",
            "5.12",
            "600 rows: loss {normalized_loss} with other batches in each epoch, "
            "{same_batches_loss} with always the same; without it {bare_loss}, all "
            "after 360 steps; stopped at its best it has 0.21 to 0.23 with either",
            IN_PART,
            "same_batches_loss > 1.05 * normalized_loss > bare_loss",
        ),
        (
            "It belongs just before the activation",
            "5.05",
            "test loss before {before_test_loss}, behind {behind_test_loss}; accuracy "
            "{before_test_accuracy} and {behind_test_accuracy}",
            HOLDS,
            "before_test_loss < behind_test_loss "
            "and before_test_accuracy > behind_test_accuracy",
        ),
        (
            "With dropout it is better than alone",
            "5.12",
            "600 rows, loss after 360 steps: alone {normalized_loss}, dropout alone "
            "{dropout_05_loss}, both {normalized_05_loss}, nothing {bare_loss}; at the "
            "best step {normalized_best}, {dropout_05_best}, {normalized_05_best} and "
            "{bare_best}",
            HOLDS,
            "normalized_05_loss < dropout_05_loss "
            "and normalized_05_loss < normalized_loss "
            "and normalized_05_best < normalized_best < dropout_05_best < bare_best",
        ),
    ],
    "Tuning and best practices": [
        (
            "Random search is to be preferred to grid search",
            "5.07",
            "best of six, five searches each: random {random_best}, grid {grid_best}: "
            "a tie with two numbers to choose",
            IN_PART,
            "random_best > grid_best - 0.02 and random_best < grid_best + 0.02",
        ),
        (
            "Learning rate and momentum are related",
            "5.08",
            "worst loss in the valley of rate / (1 - momentum) {worst_in_valley}, "
            "median outside {median_outside_valley}",
            HOLDS,
            "worst_in_valley < median_outside_valley",
        ),
        (
            "A large initial learning rate, if it does not oscillate",
            "5.08",
            "epochs in which the loss rises, of 19: rate 0.03 {rises_at_0_03}, 0.1 "
            "{rises_at_0_1}; loss at the end with 0.03 {loss_at_0_03}, with 0.3 "
            "{loss_at_0_3}; but 0.01 has the same validation loss as 0.03, three seeds",
            IN_PART,
            "rises_at_0_03 < rises_at_0_1 and loss_at_0_03 < loss_at_0_3",
        ),
        (
            "Small batches learn better",
            "5.09",
            "loss for batches of 10 and 1,000: same epochs {small_batch_same_epochs} "
            "and {large_batch_same_epochs}; same updates {small_batch_same_updates} and"
            " {large_batch_same_updates}",
            IN_PART,
            "small_batch_same_epochs < large_batch_same_epochs and "
            "small_batch_same_updates > large_batch_same_updates",
        ),
        (
            "Deeper is better",
            "5.10",
            "2,000 parameters, loss: one layer {equal_1}, two {equal_2}, six {equal_6},"
            " a linear model {linear_loss}",
            NOT,
            "equal_1 < equal_6",
        ),
        (
            "Weights must not start at zero",
            "5.11",
            "loss {loss_relu_zeros} with zeros, {loss_relu_he} with He's weights; "
            "without looking {no_idea}",
            HOLDS,
            "loss_relu_zeros > no_idea > loss_relu_he",
        ),
        (
            "A falling learning rate is better",
            "5.13",
            "each at its best rate: constant {constant_best}, step {step_best}, cosine "
            "{cosine_best}",
            HOLDS,
            "cosine_best < constant_best and step_best < constant_best",
        ),
        (
            "Normalise the inputs",
            "5.14",
            "one scale for all inputs: loss {one_scale_loss} instead of {kept_loss}",
            HOLDS,
            "one_scale_loss > kept_loss",
        ),
        (
            "Get more data",
            "5.14",
            "a quarter of it: {less_data_loss} instead of {kept_loss}",
            HOLDS,
            "less_data_loss > kept_loss",
        ),
        (
            "Choose a fitting activation",
            "5.14",
            "sigmoid {sigmoid_loss}, ReLU {kept_loss}; sigmoid at a rate of its own "
            "{sigmoid_own_rate_loss}",
            IN_PART,
            "sigmoid_loss > sigmoid_own_rate_loss > kept_loss",
        ),
        (
            "Shuffle the rows",
            "5.14",
            "sorted {sorted_loss}, shuffled {kept_loss}; at a tenth of the rate "
            "{sorted_low_rate_accuracy} and {shuffled_low_rate_accuracy} right",
            HOLDS,
            "sorted_loss > kept_loss and "
            "sorted_low_rate_accuracy < shuffled_low_rate_accuracy",
        ),
        (
            "Augment the data",
            "5.14",
            "pictures, best loss: moved {pictures_moved_loss}, mirrored "
            "{pictures_mirrored_loss}, as they are {pictures_plain_loss}; accuracy "
            "{pictures_moved} (moved) and {pictures_plain}",
            IN_PART,
            "pictures_moved_loss < pictures_plain_loss",
        ),
    ],
}

CORRECTIONS = [
    (
        "sorted rows make a network forget",
        "first their steps explode and kill its ReLUs; clipped enough, it learns; "
        "the forgetting shows at a constant rate",
        "5.14",
    ),
    (
        "a NaN in the data shows as a loss of NaN",
        "eagerly; in a graph on a PC a joined ReLU makes 0 of it: the loss is finite",
        "1.05",
    ),
    (
        "a loss of your own must put (n,) and (n, 1) straight",
        "`compile` does it for a function; not for a metric or a subclass of `Loss`",
        "1.04",
    ),
    (
        "TensorFlow refuses to mix types",
        "an array takes the type of a tensor: beside integers NumPy's 0.5 becomes 0",
        "1.09",
    ),
    (
        "batch normalization makes dropout superfluous",
        "behind it dropout brings 0.004 to 0.005 more, with six or seven of nine seeds",
        "5.12",
    ),
    ("VALID padding makes the output larger", "it makes it smaller", "3.04"),
    ("SAME padding keeps the size", "with stride 1 only", "3.04"),
    ("a layout NCWH", "NCHW: batch, channels, height, width", "3.01"),
    (
        "Adam is adaptive momentum",
        "adaptive moment estimation: first and second moments of the gradient",
        "1.14",
    ),
    ("AdaDelta never leads", "in the last row of the same table it does", "1.14"),
    ("the rate of dropout is what is kept", "in Keras it is what is dropped", "5.04"),
    (
        "L2 and weight decay are two names of one thing",
        "for SGD without momentum; not for Adam, hence AdamW",
        "5.02",
    ),
    (
        "`fit` shuffles anew in every epoch",
        "given arrays, not after `set_random_seed` (Keras 3.15): one order for all",
        "5.05",
    ),
    (
        "batch normalization works because it ends the internal covariate shift",
        "shifts added on purpose behind it do not slow training (Santurkar, 2018)",
        "5.05",
    ),
    (
        "after 40 epochs its loss is worse, so it harms",
        "at its best epoch it is level",
        "5.05",
    ),
    ("the LSTM keeps the gradient", "when its forget gate is open", "4.02"),
    (
        "a tutorial's LSTM forecasts passengers well",
        "its error is that of 'as last month'",
        "4.08",
    ),
    (
        "only L1 makes weights that can be cut off",
        "in Adam L2 does half of it: at 80 % 0.77, no penalty 0.62, L1 0.82",
        "5.03",
    ),
    (
        "a small L2 penalty in Adam does little",
        "a weight that gets nothing from the data goes to 0 down to a lambda of 1e-5",
        "5.02",
    ),
    (
        "the largest probability tells when an input is strange",
        "of photographic negatives it is surer; the spread of thirty rounds tells "
        "those, and of dimmed pictures it does not",
        "5.04",
    ),
    (
        "in a range test momentum 0.9 shifts the curve by ten",
        "by 6.6, since the rate grows while the velocity remembers",
        "5.08",
    ),
    (
        "with very large batches linear scaling fails, for the updates are too few",
        "batches of 1,000 keep up in thirty updates, at the same effective rate with a "
        "momentum of 0.7; one of 0.9 builds up too slowly",
        "5.09",
    ),
    (
        "28 times as many parameters as rows are learned by heart",
        "at a smaller rate six layers of 128 are level with six of 32",
        "5.10",
    ),
    (
        "a stiff model has no variance",
        "with 500 pictures 170 weights have 0.81 in training, 0.69 on new ones",
        "5.01",
    ),
    (
        "the LSTM fails on the series since it is not stationary, so take logarithms "
        "and differences",
        "centring each window does nearly as well, the logarithm alone does nothing",
        "4.08",
    ),
    (
        "ReLU needs He's weights",
        "in ten layers Glorot's do as well after two epochs; in twenty He bears a "
        "larger rate",
        "5.11",
    ),
    (
        "nothing may start at zero",
        "no kernel; biases start at 0 in nearly all layers",
        "5.11",
    ),
    (
        "dropout in front of batch normalization harms by the variance shift",
        "at rates to 0.5 the shift lowers the loss here, like a temperature",
        "5.12",
    ),
    (
        "networks have a convex loss",
        "a line has, and so has logistic regression; a network with a hidden layer has "
        "not",
        "1.11",
    ),
    (
        "`reduction_indices=` and `keep_dims=`",
        "`axis=` and `keepdims=`; the old names fail",
        "1.09",
    ),
    (
        "a limit of 1 on the gradient is free",
        "where most gradients are longer it costs, at a constant rate; with a large "
        "rate that falls it pays",
        "4.02",
    ),
    (
        "errors feed on errors when forecasts go into the window",
        "with true windows the year's error is two to three times as large",
        "4.08",
    ),
    ("Estimators no longer run", "they do, by a small bridge", "2.01"),
]

HEAD = """# Claims, and what was measured

This page is written by `python tools/write_claims.py` from
`tests/measured_results.csv`. A range is the lowest and the highest of the runs with
different seeds; many results are means over several seeds themselves.

*Here* means: on these data, with these networks and so many steps; the lesson says
which, and how large a difference is beside its standard error. *Holds* is said of what
was found in every run. Each verdict has a condition in `tools/write_claims.py` that is
checked against every run; where it fails, the page is not written.
"""


def number(value):
    """Return a figure as text, with three digits that count."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    if abs(value) < 0.0005 or abs(value) >= 1e6:
        return f"{value:.1e}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def data_of(lesson):
    """Return on which data a lesson works, from its docstring."""
    (file,) = find_lessons([lesson])
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    field = re.search(r":Data: (.*?)\n:", docstring, re.S)[1]
    return re.sub(r" \(``.*?\)", "", " ".join(field.split()))


def fill(template, results):
    """Replace each {name} by the range of its results, a frame with a row a run.

    Raises
    ------
    KeyError
        There is no such result.
    """

    def as_range(match):
        low, high = number(results[match[1]].min()), number(results[match[1]].max())
        return low if low == high else f"{low} to {high}"

    return re.sub(r"\{(\w+)\}", as_range, template)


def claims_page(measured):
    """Return the page as text; ``measured`` as ``read_results`` returns it.

    Raises
    ------
    ValueError
        A lesson was not measured, or a verdict's condition is false in a run.
    """
    lines = [HEAD]
    faults = []
    for title, claims in CLAIMS.items():
        lines += [f"## {title}", "", "| claim | lesson, data | measured | verdict |"]
        lines.append("| --- | --- | --- | --- |")
        for claim, lesson, template, verdict, condition in claims:
            if lesson not in measured.index.get_level_values("lesson"):
                faults.append(f"{lesson}: python tools/measure_lessons.py {lesson}")
                continue
            results = measured.loc[lesson].T.dropna(how="all")
            if not results.eval(condition).all():
                faults.append(f"{lesson}: '{claim}' is said: {verdict}; {condition}")
            figures = fill(template, results)
            place = f"{lesson}: {data_of(lesson)}"
            lines.append(f"| {claim} | {place} | {figures} | {verdict} |")
        lines.append("")
    if faults:
        raise ValueError("Measure again, or mend the verdict:\n" + "\n".join(faults))
    lines += ["## What the usual slides get wrong", ""]
    lines += ["| they say | it is | lesson |", "| --- | --- | --- |"]
    for wrong, right, lesson in CORRECTIONS:
        lines.append(f"| {wrong} | {right} | {lesson} |")
    return "\n".join(lines) + "\n"


def main():
    try:
        page = claims_page(read_results())
    except ValueError as error:
        sys.exit(str(error))
    CLAIMS_FILE.write_text(page, encoding="utf-8")
    verdicts = re.findall(r"\| ([a-z ]+) \|$", page, re.M)
    print(CLAIMS_FILE.name, {name: verdicts.count(name) for name in set(verdicts)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
