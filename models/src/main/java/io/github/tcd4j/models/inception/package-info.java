/**
 * The network behind FID, KID, Inception score, sFID, precision and recall: Inception v3 as Google
 * published it on 2015-12-05, of which torchvision's differs in its pooling (Szegedy et al. 2015,
 * arXiv 1512.00567).
 */
@NullMarked
package io.github.tcd4j.models.inception;

import org.jspecify.annotations.NullMarked;
