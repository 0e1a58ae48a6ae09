"""Prompts with weights, windows and textual inversion, as the text encoders of two tiny models see them.

    python oracle/make_prompt_fixtures.py pipeline/src/test/resources

Reads the folders of make_fidelity_fixtures.py and writes prompts/: for MODEL of lcm and sdxl
`MODEL.safetensors` with NAME/tokens, float32 (1, windows x 24, C), and NAME/pooled. Inversions go through
diffusers' load_textual_inversion; one stands in three kinds of file. Weighted prompts are given here as what AUTOMATIC1111's reading makes of
them, windows of weighted pieces; each token's states are multiplied by its weight, then a window's by the
factor that restores its mean, encoder by encoder; pooled text is that of the first window.
"""

import sys
from pathlib import Path

import torch
from diffusers import LatentConsistencyModelPipeline, StableDiffusionXLPipeline
from safetensors.torch import save_file

torch.set_num_threads(1)

WINDOWS = {
    # red (apple:1.5), green BREAK [blue] \(x\)
    "weighted": [[("red ", 1), ("apple", 1.5), (", green", 1)], [("blue", 1 / 1.1), (" (x)", 1)]],
    # twelve times "red apple, ": 22 tokens fit, and words after the last comma move on together
    "long": [[("red apple, " * 7, 1)], [("red apple, " * 5, 1)]],
}


def window(tokenizer, pieces):
    ids, weights = [], []
    for text, weight in pieces:
        own = tokenizer(text, add_special_tokens=False).input_ids
        ids += own
        weights += [weight] * len(own)
    free = tokenizer.model_max_length - 2 - len(ids)
    ids = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id] + [tokenizer.pad_token_id] * free
    return torch.tensor([ids]), torch.tensor([1.0, *weights, 1.0] + [1.0] * free)


def encode(pipe, windows):
    towers, pooled = [], None
    pairs = [(pipe.tokenizer, pipe.text_encoder)]
    if hasattr(pipe, "text_encoder_2"):
        pairs.append((pipe.tokenizer_2, pipe.text_encoder_2))
    for tokenizer, encoder in pairs:
        encoded = []
        for pieces in windows:
            ids, weights = window(tokenizer, pieces)
            out = encoder(ids, output_hidden_states=True)
            if pooled is None and hasattr(out, "text_embeds"):
                pooled = out.text_embeds
            z = out.hidden_states[-2] if len(pairs) > 1 else out.last_hidden_state
            scaled = z * weights[None, :, None]
            encoded.append(scaled * (z.mean() / scaled.mean()))
        towers.append(torch.cat(encoded, 1))
    return torch.cat(towers, -1), pooled


def inverted(pipe, out):
    generator = torch.Generator().manual_seed(5)
    if hasattr(pipe, "text_encoder_2"):
        vectors = {"clip_l": torch.randn(2, 16, generator=generator), "clip_g": torch.randn(2, 24, generator=generator)}
        save_file(vectors, out / "dog.safetensors")
        pipe.load_textual_inversion(vectors["clip_l"], "dog", text_encoder=pipe.text_encoder, tokenizer=pipe.tokenizer)
        pipe.load_textual_inversion(vectors["clip_g"], "dog", text_encoder=pipe.text_encoder_2, tokenizer=pipe.tokenizer_2)
        tokens, _, pooled, _ = pipe.encode_prompt("red dog, apple", device="cpu", do_classifier_free_guidance=False)
        return tokens, pooled
    cat = torch.randn(3, 16, generator=generator)
    save_file({"<cat>": cat}, out / "my-cat.safetensors")
    torch.save({"<cat>": cat}, out / "my-cat.bin")
    # As A1111 writes it: under the name "*", whatever the file is called, and a vector that was trained.
    torch.save({"string_to_token": {"*": 265}, "string_to_param": {"*": cat.clone().requires_grad_()},
                "name": "cat", "step": 500, "sd_checkpoint": None, "sd_checkpoint_name": None}, out / "my-cat.pt")
    pipe.load_textual_inversion(str(out / "my-cat.safetensors"))
    return pipe.encode_prompt("a <cat> apple", "cpu", 1, False)[0], None


def main(resources):
    out = resources / "prompts"
    out.mkdir(exist_ok=True)
    for model, cls in (("lcm", LatentConsistencyModelPipeline), ("sdxl", StableDiffusionXLPipeline)):
        pipe = cls.from_pretrained(resources / "fidelity" / model, dtype=torch.float32)
        expected = {}
        with torch.inference_mode():
            for name, windows in WINDOWS.items():
                expected[f"{name}/tokens"], expected[f"{name}/pooled"] = encode(pipe, windows)
        with torch.no_grad():
            expected["inverted/tokens"], expected["inverted/pooled"] = inverted(pipe, out)
        expected = {k: v.contiguous() for k, v in expected.items() if v is not None}
        save_file(expected, out / f"{model}.safetensors")
        print(model, {k: tuple(v.shape) for k, v in expected.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
