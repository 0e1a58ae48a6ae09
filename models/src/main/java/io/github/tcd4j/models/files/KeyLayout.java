package io.github.tcd4j.models.files;

import io.github.tcd4j.models.files.TensorSource.Piece;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the parameters of one network lie in a single file.
 *
 * @param prefix what all its keys start with
 * @param table names behind the prefix; null where they are diffusers' own
 * @param openClip whether query, key and value are fused and the projection is transposed
 */
record KeyLayout(String prefix, @Nullable KeyMapping table, boolean openClip) {
  /**
   * Our names for what is stored under one key: none where the network does not know it, three for
   * a fused tensor.
   */
  Map<String, TensorSource> places(String key, int dimensions) {
    Map<String, TensorSource> places = new LinkedHashMap<>();
    String rest = key.substring(prefix.length());
    int fused = openClip ? rest.indexOf(OpenClipKeys.FUSED) : -1;
    if (fused >= 0) {
      String ours = ourLayer(rest.substring(0, fused - 1));
      String kind = rest.substring(fused + OpenClipKeys.FUSED.length());
      if (ours != null) {
        places.put(ours + ".self_attn.q_proj." + kind, new TensorSource(key, Piece.QUERY));
        places.put(ours + ".self_attn.k_proj." + kind, new TensorSource(key, Piece.KEY));
        places.put(ours + ".self_attn.v_proj." + kind, new TensorSource(key, Piece.VALUE));
      }
      return places;
    }
    String ours = table == null ? rest : table.ours(rest);
    if (ours != null) {
      places.put(ours, new TensorSource(key, piece(rest, dimensions)));
    }
    return places;
  }

  /** The layer that holds the fused tensor, by a neighbour that the table knows. */
  private @Nullable String ourLayer(String theirs) {
    String neighbour = table == null ? null : table.ours(theirs + ".ln_1");
    return neighbour == null ? null : neighbour.substring(0, neighbour.lastIndexOf('.'));
  }

  private Piece piece(String rest, int dimensions) {
    boolean projection =
        rest.equals(OpenClipKeys.PROJECTION) || rest.equals(OpenClipKeys.VISUAL_PROJECTION);
    if (openClip && projection) {
      return Piece.TRANSPOSED;
    }
    return dimensions == 4 && rest.contains(".mid.attn_1.") ? Piece.FLAT : Piece.WHOLE;
  }
}
