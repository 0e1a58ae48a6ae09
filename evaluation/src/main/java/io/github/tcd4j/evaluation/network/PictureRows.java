package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.evaluation.picture.PictureFile;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;

/**
 * What a network makes of the pictures of a folder.
 *
 * @param pictures those that could be read, in their order
 * @param captions one a picture; empty where none were given
 * @param hashes SHA-256 of their files
 * @param broken those that could not
 * @param rows float32 (pictures, P), which {@link #close} frees
 */
public record PictureRows(
    List<PictureFile> pictures,
    List<String> captions,
    List<String> hashes,
    List<BrokenPicture> broken,
    Tensor rows)
    implements AutoCloseable {
  public PictureRows {
    pictures = List.copyOf(pictures);
    captions = List.copyOf(captions);
    hashes = List.copyOf(hashes);
    broken = List.copyOf(broken);
  }

  /** Names the set of pictures: the same files in any order and place have the same. */
  public String identity() {
    Sha256 sha = new Sha256();
    hashes.stream().sorted().forEach(sha::add);
    return sha.brief().substring(0, 12);
  }

  @Override
  public void close() {
    rows.close();
  }
}
