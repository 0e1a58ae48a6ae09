/**
 * Networks that find edges and draw lines: HED (Xie and Tu 2015, in the form that ControlNet's
 * authors trained) and the generator of informative drawings (Chan et al. 2022), under the names of
 * their authors' files.
 */
@NullMarked
package io.github.tcd4j.models.edges;

import org.jspecify.annotations.NullMarked;
