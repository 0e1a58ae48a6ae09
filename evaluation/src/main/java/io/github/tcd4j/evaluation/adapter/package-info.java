/** What adapters of a model are worth: each figure next to that of the model without them. */
@NullMarked
package io.github.tcd4j.evaluation.adapter;

import org.jspecify.annotations.NullMarked;
