package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code convert} where it is given a LoRA. */
class ConvertLoraTest {
  @TempDir Path folder;

  private Tcd4j convert(Path in, Path out, Object... more) {
    Object[] all = new Object[3 + more.length];
    all[0] = "convert";
    all[1] = in;
    all[2] = out;
    System.arraycopy(more, 0, all, 3, more.length);
    return Tcd4j.run(all);
  }

  private static Path tcd() {
    return Tcd4j.tiny().resolve("loras/tcd.safetensors");
  }

  @Test
  void aLoraInOtherNamesGeneratesTheSamePicture() throws Exception {
    Path kohya = folder.resolve("kohya.safetensors");
    Path sgm = folder.resolve("sgm.safetensors");

    Tcd4j one = convert(tcd(), kohya, "--lora-style", "kohya", "-m", Tcd4j.tiny());
    Tcd4j two = convert(kohya, sgm, "--lora-style", "kohya-sgm", "-m", Tcd4j.tiny(), "--strict");

    assertThat(one.exitCode()).isZero();
    assertThat(one.paths()).containsExactly(kohya);
    assertThat(one.err()).contains("79 layers matched (LoRA; rank 2, alpha 2), 0 unmatched");
    assertThat(two.exitCode()).isZero();
    try (SafeTensors file = SafeTensors.open(sgm)) {
      assertThat(file.names()).anyMatch(n -> n.startsWith("lora_unet_input_blocks_"));
      assertThat(file.metadata()).containsEntry("tcd4j.method", "tcd");
    }
    assertThat(Files.mismatch(latents("a", tcd()), latents("b", sgm))).isEqualTo(-1);
  }

  private Path latents(String name, Path lora) {
    Path out = folder.resolve(name + ".safetensors");
    Tcd4j.run(
        "generate",
        "apple",
        "-m",
        Tcd4j.tiny(),
        "-l",
        lora,
        "--seed",
        1,
        "-o",
        folder.resolve(name + ".png"),
        "--latents-out",
        out);
    return out;
  }

  @Test
  void precisionIsChangedWhereAsked() {
    Path out = folder.resolve("half.safetensors");

    convert(tcd(), out, "--lora-style", "peft", "--dtype", "bf16", "-m", Tcd4j.tiny());

    try (SafeTensors file = SafeTensors.open(out)) {
      assertThat(file.names()).allMatch(n -> file.dtype(n) == DType.BF16);
    }
  }

  @Test
  void theStyleMustBeSaidAndIsForLorasAlone() {
    Tcd4j unsaid = convert(tcd(), folder.resolve("x.safetensors"), "-m", Tcd4j.tiny());
    Tcd4j model = convert(Tcd4j.tiny(), folder.resolve("y"), "--lora-style", "peft");
    Tcd4j unknown = convert(tcd(), folder.resolve("z.safetensors"), "--lora-style", "lycoris");

    assertThat(unsaid.exitCode()).isEqualTo(2);
    assertThat(unsaid.err()).contains("--lora-style").contains("kohya-sgm");
    assertThat(model.exitCode()).isEqualTo(2);
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("kohya-sgm");
  }
}
