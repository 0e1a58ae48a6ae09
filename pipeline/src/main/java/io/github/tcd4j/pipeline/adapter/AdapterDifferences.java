package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.FileName;
import io.github.tcd4j.pipeline.input.InputFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compares the files of two requests' adapters, of which one repeats the other. */
public final class AdapterDifferences {
  private final Map<String, List<String>> found = new LinkedHashMap<>();

  private AdapterDifferences() {}

  /**
   * Files of the same name.
   *
   * @return what each is, to its hash then and now
   */
  public static Map<String, List<String>> of(AdapterSettings then, AdapterSettings now) {
    AdapterDifferences d = new AdapterDifferences();
    for (int i = 0; i < Math.min(then.controls().size(), now.controls().size()); i++) {
      ControlSettings a = then.controls().get(i);
      ControlSettings b = now.controls().get(i);
      d.add("ControlNet", a.model(), b.model());
      HintNetwork network = a.hint().network();
      HintNetwork other = b.hint().network();
      if (network != null && other != null) {
        d.add(network.kind().what(), network.model(), other.model());
      }
      d.add("hint", List.of(a.hint().file()), List.of(b.hint().file()));
    }
    for (int i = 0; i < Math.min(then.imagePrompts().size(), now.imagePrompts().size()); i++) {
      ImagePromptSettings a = then.imagePrompts().get(i);
      ImagePromptSettings b = now.imagePrompts().get(i);
      d.add("IP-Adapter", a.model(), b.model());
      d.add("prompt picture", a.pictures(), b.pictures());
      d.add("mask", a.masks(), b.masks());
    }
    d.add("image encoder", then.imageEncoder(), now.imageEncoder());
    d.add(
        MotionSource.WHAT,
        then.motion() == null ? null : then.motion().model(),
        now.motion() == null ? null : now.motion().model());
    return d.found;
  }

  private void add(String what, @Nullable AdapterModel then, @Nullable AdapterModel now) {
    if (then != null && now != null) {
      add(what, then.name(), then.sha256(), now.name(), now.sha256());
    }
  }

  private void add(String what, List<InputFile> then, List<InputFile> now) {
    for (int i = 0; i < Math.min(then.size(), now.size()); i++) {
      InputFile a = then.get(i);
      InputFile b = now.get(i);
      add(what, a.file(), a.sha256(), b.file(), b.sha256());
    }
  }

  private void add(String what, String then, String hashThen, String now, String hashNow) {
    if (FileName.of(then).equals(FileName.of(now))) {
      found.put(what + " " + FileName.of(then), List.of(hashThen, hashNow));
    }
  }
}
