package io.github.tcd4j.models.files;

import io.github.tcd4j.tensor.Tensor;

/**
 * Where a parameter of ours lies in a single file.
 *
 * @param key the file's name
 * @param piece how the parameter is made of the stored tensor
 */
record TensorSource(String key, Piece piece) {
  enum Piece {
    WHOLE,
    /** Third 0, 1 or 2 of the rows: query, key and value in one tensor. */
    QUERY,
    KEY,
    VALUE,
    /** A matrix stored for multiplication from the other side. */
    TRANSPOSED,
    /** A 1x1 convolution's weight (C, C, 1, 1) that is a linear layer's (C, C) here. */
    FLAT
  }

  /** The shape of the parameter, given the stored one. */
  long[] shape(long... stored) {
    return switch (piece) {
      case WHOLE -> stored;
      case FLAT -> new long[] {stored[0], stored[1]};
      case TRANSPOSED -> new long[] {stored[1], stored[0]};
      case QUERY, KEY, VALUE -> {
        long[] third = stored.clone();
        third[0] /= 3;
        yield third;
      }
    };
  }

  /** The parameter, given the stored tensor; a view where it can be. */
  Tensor take(Tensor stored) {
    return switch (piece) {
      case WHOLE -> stored;
      case FLAT -> stored.reshape(stored.size(0), stored.size(1));
      case TRANSPOSED -> stored.transpose(0, 1).contiguous();
      case QUERY, KEY, VALUE -> {
        long third = stored.size(0) / 3;
        yield stored.narrow(0, third * (piece.ordinal() - Piece.QUERY.ordinal()), third);
      }
    };
  }
}
