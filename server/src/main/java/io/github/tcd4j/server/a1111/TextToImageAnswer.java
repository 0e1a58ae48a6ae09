package io.github.tcd4j.server.a1111;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.Note;
import io.github.tcd4j.pipeline.Version;
import io.github.tcd4j.pipeline.metadata.A1111Parameters;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SamplingSettings;
import io.github.tcd4j.pipeline.metadata.Seed;
import io.github.tcd4j.server.api.RequestJson;
import io.github.tcd4j.server.engine.Job;
import io.github.tcd4j.server.engine.JobResult;
import io.github.tcd4j.server.engine.JobState;
import java.math.BigInteger;
import java.util.Base64;
import java.util.List;

/** The answer to {@code txt2img}: pictures, and what made them as a text of JSON. */
final class TextToImageAnswer {
  private TextToImageAnswer() {}

  static ObjectNode of(Job job, boolean images) {
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    List<JobResult> results = job.results();
    ArrayNode pictures = o.putArray("images");
    if (images) {
      results.forEach(r -> pictures.add(Base64.getEncoder().encodeToString(r.png())));
    }
    o.set("parameters", RequestJson.of(job.settings(), job.settings().position().size()));
    o.put("info", info(job, results).toString());
    return o;
  }

  private static ObjectNode info(Job job, List<JobResult> results) {
    GenerationSettings s = job.settings();
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    String negative = s.prompt().negative() == null ? "" : s.prompt().negative();
    o.put("prompt", s.prompt().text());
    o.put("negative_prompt", negative);
    o.put("seed", number(s.seed()));
    o.put("width", s.width());
    o.put("height", s.height());
    o.put("sampler_name", title(s));
    o.put("cfg_scale", s.guidance());
    o.put("steps", s.steps());
    if (s.sampling().knobs().gamma() != null) {
      s.sampling().knobs().gamma().values().forEach(o.withArray("gamma")::add);
    }
    o.put("batch_size", results.size());
    o.put("sd_model_name", FileName.stem(s.model().name()));
    o.put("sd_model_hash", s.model().fingerprint().substring(0, 10));
    o.put("clip_skip", s.prompt().clipSkip() == null ? 1 : s.prompt().clipSkip());
    o.put("job_timestamp", job.status().created().toString());
    o.put("version", "tcd4j " + Version.TCD4J);
    o.put("interrupted", job.status().state() == JobState.CANCELLED);
    ArrayNode prompts = o.putArray("all_prompts");
    ArrayNode negatives = o.putArray("all_negative_prompts");
    ArrayNode seeds = o.putArray("all_seeds");
    ArrayNode texts = o.putArray("infotexts");
    for (JobResult result : results) {
      prompts.add(result.settings().prompt().text());
      negatives.add(negative);
      seeds.add(number(result.settings().seed()));
      texts.add(A1111Parameters.of(result.settings()));
    }
    ArrayNode notes = o.putArray("notes");
    job.status().notes().stream().map(Note::text).forEach(notes::add);
    return o;
  }

  private static String title(GenerationSettings s) {
    return s.sampler().equals(SamplingSettings.CUSTOM)
        ? s.sampler()
        : Samplers.named(s.sampler()).label();
  }

  private static BigInteger number(long seed) {
    return new BigInteger(Seed.text(seed));
  }
}
