package io.github.tcd4j.evaluation.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptionFileTest {
  private static final String COCO =
      """
      {"info": {"year": 2017}, "images": [
        {"id": 7, "file_name": "000000000007.jpg", "height": 4, "width": 5},
        {"id": 3, "file_name": "000000000003.jpg", "height": 4, "width": 5}],
       "annotations": [
        {"image_id": 7, "id": 90, "caption": "second of seven"},
        {"image_id": 3, "id": 12, "caption": "  of three,\\n with a break "},
        {"image_id": 7, "id": 41, "caption": "first of seven "}],
       "licenses": [{"id": 1}]}
      """;

  @TempDir Path folder;

  private static List<PictureFile> pictures(String... names) {
    return List.of(names).stream().map(n -> new PictureFile(Path.of("x", n), n)).toList();
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void picturesAreFoundByPathNameOrStemInEachKindOfFile() throws IOException {
    List<PictureFile> some = pictures("a.png", "more/b.jpg");
    for (Path file :
        List.of(
            file("c.tsv", "a.png\ta cat\nb\ta dog\n"),
            file(
                "c.jsonl",
                "{\"file_name\":\"more/b.png\",\"text\":\"a dog\"}\n"
                    + "{\"file_name\":\"a\",\"caption\":\" a cat\"}\n"),
            file("c.json", "{\"a.jpg\": \"a cat\", \"b.jpg\": \"a dog\"}"),
            file("c.txt", "a cat\n\na dog\n"))) {
      assertThat(CaptionFile.read(file).of(some))
          .as(file.toString())
          .containsExactly("a cat", "a dog");
    }
  }

  @Test
  void ofCocoTheCaptionOfTheLowestNumberIsTakenWhateverTheOrder() throws IOException {
    Path file = file("captions_val2017.json", COCO);
    assertThat(CaptionFile.read(file).of(pictures("000000000003.png", "000000000007.png")))
        .containsExactly("of three, with a break", "first of seven");
    CocoCaptions coco = CocoCaptions.read(file);
    assertThat(coco.table()).isEqualTo("3\t12\tof three, with a break\n7\t41\tfirst of seven\n");
    assertThat(coco.hash()).hasSize(64);
  }

  @Test
  void aManifestIsTheSameCaptionsWithTheSameHash() throws IOException {
    CocoCaptions coco = CocoCaptions.read(file("captions_val2017.json", COCO));
    Path manifest = file("coco.tsv", coco.table());
    CocoCaptions again = CocoCaptions.read(manifest);
    assertThat(again.manifest()).isEqualTo(coco.manifest());
    assertThat(again.hash()).isEqualTo(coco.hash());
    assertThat(coco.source()).isEqualTo("COCO manifest " + coco.hash().substring(0, 12) + " n=2");
    CaptionFile captions = CaptionFile.read(manifest);
    assertThat(captions.source()).isEqualTo(coco.source());
    assertThat(captions.of(pictures("000000000007.png"))).containsExactly("first of seven");
  }

  @Test
  void aManifestThatIsNoneIsRefusedByItsLine() throws IOException {
    Path tabs = file("tabs.tsv", "3\t12\ta cat\n7\ta dog\n");
    assertThatThrownBy(() -> CocoCaptions.read(tabs))
        .hasMessageContaining("line 2 of " + tabs + " must be the number of a picture");
    Path order = file("order.tsv", "7\t12\ta cat\n7\t13\ta dog\n");
    assertThatThrownBy(() -> CocoCaptions.read(order))
        .hasMessageContaining("increasing numbers but 7 follows 7");
    Path empty = file("empty.tsv", "");
    assertThatThrownBy(() -> CocoCaptions.read(empty)).hasMessageContaining("holds no captions");
    Path none = folder.resolve("none.json");
    assertThatThrownBy(() -> CocoCaptions.read(none))
        .hasMessage("there is no file of COCO's captions at " + none);
  }

  @Test
  void whatDoesNotMatchIsCountedAndNamed() throws IOException {
    Path file = file("d.tsv", "a.png\ta cat\n");
    assertThatThrownBy(() -> CaptionFile.read(file).of(pictures("a.png", "b.png", "c.png")))
        .hasMessageEndingWith("d.tsv has no caption for 2 of 3 pictures, such as b.png");
    Path lines = file("d.txt", "one\ntwo\n");
    assertThatThrownBy(() -> CaptionFile.read(lines).of(pictures("a.png")))
        .hasMessageEndingWith("d.txt has 2 captions but there are 1 pictures");
    Path noTab = file("e.tsv", "a.png a cat\n");
    assertThatThrownBy(() -> CaptionFile.read(noTab)).hasMessageContaining("line 1 of");
    Path other = file("e.doc", "");
    assertThatThrownBy(() -> CaptionFile.read(other)).hasMessageContaining(".tsv, .jsonl");
    Path broken = file("f.json", "{\"images\": [{\"id\": 1}], \"annotations\": [");
    assertThatThrownBy(() -> CaptionFile.read(broken)).hasMessageContaining("f.json");
    Path cut =
        file("m.json", "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}], \"annotations\": [{");
    assertThatThrownBy(() -> CaptionFile.read(cut))
        .hasMessageStartingWith("the JSON in " + cut + " breaks off or has a fault at line 1");
  }

  @Test
  void captionsThatNobodyCanTellApartOrReadAreRefusedByTheirPlace() throws IOException {
    Path twice = file("g.tsv", "a.png\ta cat\n\nb.png\ta dog\na.png\tanother\n");
    assertThatThrownBy(() -> CaptionFile.read(twice))
        .hasMessageStartingWith("line 4 of " + twice + " has a second caption of a.png");
    Path again = file("h.tsv", "a.png\ta cat\na.png\ta cat \n");
    assertThat(CaptionFile.read(again).of(pictures("a.png"))).containsExactly("a cat");
    Path list = file("i.json", "{\"a.png\": [\"a cat\", \"the cat\"]}");
    assertThatThrownBy(() -> CaptionFile.read(list))
        .hasMessageEndingWith("i.json has no text for a.png but ARRAY");
    Path array = file("j.json", "[1, 2]");
    assertThatThrownBy(() -> CaptionFile.read(array)).hasMessageContaining("must be an object");
    Path cut = file("k.json", "{\"a.png\": \"a ca");
    assertThatThrownBy(() -> CaptionFile.read(cut))
        .hasMessageStartingWith("the JSON in " + cut + " breaks off")
        .hasMessageNotContaining("REDACTED");
    Path line = file("l.jsonl", "{\"file_name\": \"a.png\", \"text\": \"a\"}\n{\"file_name\"\n");
    assertThatThrownBy(() -> CaptionFile.read(line))
        .hasMessage("line 2 of " + line + " is no JSON");
    Path none = line.resolveSibling("none.tsv");
    assertThatThrownBy(() -> CaptionFile.read(none))
        .hasMessage("there is no file of captions at " + none);
  }
}
