/**
 * EfficientNet-Lite0, a small classifier of ImageNet whose weights are free to have (Tan and Le
 * 2019, arXiv 1905.11946; the Lite variant is of TensorFlow's).
 */
@NullMarked
package io.github.tcd4j.models.efficientnet;

import org.jspecify.annotations.NullMarked;
