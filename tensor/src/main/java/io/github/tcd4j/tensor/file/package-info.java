/**
 * Files of named tensors: safetensors, read by mapping and written atomically, and files of {@code
 * torch.save}, whose pickles are read without executing anything.
 */
@NullMarked
package io.github.tcd4j.tensor.file;

import org.jspecify.annotations.NullMarked;
