"""Makes the fixtures of models.clip with transformers: tiny CLIP networks and tokenizer cases.

Run from the project's root with the packages of oracle/requirements.txt:

    python oracle/make_clip_fixtures.py

Every network gets random values in every tensor, norms and biases included, for default
initialisation (zeros and ones) hides tensors that are swapped or forgotten.
"""

import json
import shutil
import tempfile
import unicodedata
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModel,
)

OUT = Path("models/src/test/resources/clip")
VOCABULARY = Path("emoji/tokenizer")


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if "norm" in name or "layrnorm" in name:
                p.copy_(0.2 * noise + (1 if name.endswith("weight") else 0))
            elif name.endswith("bias"):
                p.copy_(0.3 * noise)
            elif name == "logit_scale":
                p.copy_(torch.tensor(1.3))
            elif "embedding" in name and p.dim() < 4:
                p.copy_(noise)
            else:
                p.copy_(1.2 * noise / p[0].numel() ** 0.5)
    return model.eval()


def text_config(**changes):
    values = dict(
        vocab_size=60,
        hidden_size=12,
        intermediate_size=20,
        num_hidden_layers=2,
        num_attention_heads=3,
        max_position_embeddings=9,
        projection_dim=7,
        bos_token_id=58,
        eos_token_id=59,
        pad_token_id=59,
    )
    return CLIPTextConfig(**(values | changes))


def vision_config(**changes):
    values = dict(
        hidden_size=12,
        intermediate_size=20,
        num_hidden_layers=2,
        num_attention_heads=2,
        projection_dim=7,
        image_size=32,
        patch_size=16,
    )
    return CLIPVisionConfig(**(values | changes))


def ids(rows, length, pad):
    """Rows of text tokens, of different lengths, between begin (58) and end (59)."""
    return torch.tensor([([58] + r + [59] + [pad] * length)[:length] for r in rows])


def save(name, model, inputs, outputs, state=None):
    """state: what to write in place of the model's own keys, as an older tool would have."""
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    state = model.state_dict() if state is None else state
    save_file({k: v.contiguous() for k, v in state.items()}, folder / "model.safetensors")
    model.config.save_pretrained(folder)
    tensors = {k: v.detach().clone() for k, v in (inputs | outputs).items()}
    save_file(tensors, folder / "io.safetensors")


def hidden(outputs):
    return {f"hidden.{i}": h for i, h in enumerate(outputs.hidden_states)}


def text(name, model, tokens, prefixed=False):
    with torch.no_grad():
        o = model(tokens, output_hidden_states=True)
    state = None
    if prefixed:
        state = {"text_model." + k: v for k, v in model.state_dict().items()}
        length = model.config.max_position_embeddings
        state["text_model.embeddings.position_ids"] = torch.arange(length).expand(1, -1).clone()
    outputs = {"last": o.last_hidden_state, "pooled": o.pooler_output} | hidden(o)
    save(name, model, {"ids": tokens}, outputs, state)


def projected(name, model, tokens):
    with torch.no_grad():
        o = model(tokens, output_hidden_states=True)
    outputs = {"last": o.last_hidden_state, "features": o.text_embeds} | hidden(o)
    save(name, model, {"ids": tokens}, outputs)


def vision(name, model, batch, seed):
    size = model.config.image_size
    pixels = torch.randn(batch, 3, size, size, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        o = model(pixels, output_hidden_states=True)
    outputs = {"last": o.last_hidden_state, "pooled": o.pooler_output} | hidden(o)
    save(name, model, {"pixels": pixels}, outputs)


def joint(name, model, tokens, seed):
    size = model.config.vision_config.image_size
    pixels = torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(seed))
    o = model(tokens, pixels, return_loss=True)
    o.loss.backward()
    with torch.no_grad():
        outputs = {
            "text_features": model.get_text_features(tokens).pooler_output,
            "image_features": model.get_image_features(pixels).pooler_output,
            "logits": o.logits_per_text,
            "loss": o.loss,
        }
    outputs |= {f"gradient.{k}": p.grad for k, p in model.named_parameters()}
    save(name, model, {"ids": tokens, "pixels": pixels}, outputs)


def fresh_spreads():
    """Standard deviation of every parameter as transformers starts it, over 16 models."""
    def new(seed):
        torch.manual_seed(seed)
        t = text_config(hidden_size=48, intermediate_size=80, num_hidden_layers=3,
                        initializer_factor=0.7)
        v = vision_config(hidden_size=32, intermediate_size=80, initializer_range=0.05,
                          initializer_factor=1.5)
        return CLIPModel(CLIPConfig(text_config=t, vision_config=v, projection_dim=20,
                                    initializer_factor=1.2))

    models = [new(seed) for seed in range(16)]
    spreads = {}
    for name, first in models[0].named_parameters():
        values = torch.stack([dict(m.named_parameters())[name].detach() for m in models])
        spreads[name] = [round(values.mean().item(), 5), round(values.std().item(), 5)]
    config = json.loads(models[0].config.to_json_string())
    (OUT / "fresh.json").write_text(
        json.dumps({"config": config, "mean_and_std": spreads}, indent=1) + "\n"
    )


TEXTS = [
    "", " ", "red apple, fluent 3d style", "Red  APPLE,\tFluent 3D\nstyle ",
    "I'm sure they're here; we'll see, I'd say it's what you've got: don't!", "'S 'T 'Re o'clock ''s",
    "1234567890 3.14159 1/2 x86-64 h2o", "half ½ squared ² eight Ⅷ Arabic ٣ Devanagari ५",
    "a-b_c+d=e*f&g%h$i#j@k!l?m.n,o;p:q", "!!! ??? ... --- !?!? (((a)))", "hello!!! wow!",
    "naïve café façade Ångström", "nai\u0308ve cafe\u0301 A\u030angstro\u0308m", "\u212b \u2126 \u1e9b\u0323",
    "İstanbul ISPARTA ıßẞ ǅ ŉ", "ΟΔΥΣΣΕΥΣ Σ ΑΣ", "Привет, МИР", "你好，世界。これはペンです", "안녕하세요 \u1112\u1161\u11ab\u1100\u1173\u11af",
    "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก", "שָׁלוֹם", "ﬁne ﬂow ﬃ",
    "😀 grinning face", "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag", "👍🏽👍🏿 🇩🇪🇫🇷 #️⃣ 1️⃣", "❤️ ♥ ☃ ✈︎", "𝕬𝖑𝖕𝖍𝖆 𝟘𝟙 𐐀𐐨",
    "a\u00a0b\u3000c\u2003d\u200be\u2028f\u0085g", "a\u200db\u200cc\ufeffd\u00ade", "\x00\x01\x1f\x7f control",
    "tab\tnewline\ncarriage\rform\ffeed\x0bv", "a\x1cb\x1dc\x1ed\u180ee",
    "<|endoftext|>", "a <|startoftext|> b<|endoftext|>c", "<|STARTOFTEXT|>!! x<|EndOfText|>y", "<|endoftext|>>",
    "<cat-toy> on a <CAT-TOY>", "x<cat-toy>y", "<|endoftext|", "</w> a</w>b", "Ġ ġ Â âĢĻ",
    "https://example.org/a?b=c&d=%20#frag", "C:\\Windows\\System32", "{\"json\": [1, 2, null]}",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "a" * 300, "ab" * 200, "style" * 90, "!" * 200, "7" * 150, "é" * 100, "😀" * 60,
    "apple " * 120, "face with tears of joy, noto style, " * 20,
]


def tokenizer_cases():
    named = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>",
             "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    plain = dict(lstrip=False, rstrip=False, single_word=False)
    flagged = {k: dict(content=v, normalized=True, **plain) for k, v in named.items()}
    flagged["pad_token"] = "!"
    added = {
        "2270": dict(content="<|startoftext|>", normalized=False, special=True, **plain),
        "2271": dict(content="<|endoftext|>", normalized=True, special=True, **plain),
        "2272": dict(content="<cat-toy>", normalized=True, special=False, **plain),
    }
    variants = {
        "as shipped": None,
        "long": {"tokenizer_config.json": named | {"model_max_length": 512}},
        "pads with !, strings": {
            "special_tokens_map.json": named | {"pad_token": "!"},
            "tokenizer_config.json": named | {"model_max_length": 30},
        },
        "pads with !, flags": {
            "special_tokens_map.json": flagged,
            "tokenizer_config.json": {"model_max_length": 77},
        },
        "added token": {
            "special_tokens_map.json": named | {"pad_token": "!"},
            "tokenizer_config.json": named | {"added_tokens_decoder": added, "model_max_length": 40},
        },
    }
    out = {}
    for name, files in variants.items():
        with tempfile.TemporaryDirectory() as folder:
            for f in ("vocab.json", "merges.txt"):
                shutil.copy(VOCABULARY / f, folder)
            if files is None:
                for f in ("special_tokens_map.json", "tokenizer_config.json"):
                    shutil.copy(VOCABULARY / f, folder)
            for f, content in (files or {}).items():
                Path(folder, f).write_text(json.dumps(content))
            tokenizer = CLIPTokenizer.from_pretrained(folder)
            length = tokenizer.model_max_length
            cases = []
            for t in TEXTS:
                row = tokenizer(t, padding="max_length", truncation=True, max_length=length)
                whole = tokenizer(t, add_special_tokens=False)["input_ids"]
                # What stands before the padding; the test knows how rows are padded.
                used = min(len(whole) + 2, length)
                assert row["input_ids"][used:] == [tokenizer.pad_token_id] * (length - used)
                cases.append({"text": t, "ids": row["input_ids"][:used], "tokens": len(whole)})
            out[name] = {"files": files, "length": length, "pad": tokenizer.pad_token_id, "cases": cases}
            if name == "as shipped":
                tokenizer.save_pretrained(folder)
                whole = json.loads(Path(folder, "tokenizer.json").read_text())
                (OUT / "tokenizer.json").write_text(json.dumps(whole, ensure_ascii=False))
    (OUT / "tokenizer-cases.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")


def unassigned_characters():
    """First and last of the runs of characters up to U+1FFFF that Python's Unicode does not know."""
    runs = []
    for c in range(0x20000):
        if unicodedata.category(chr(c)) == "Cn":
            if runs and runs[-1][1] == c - 1:
                runs[-1][1] = c
            else:
                runs.append([c, c])
    text = {"unicode": unicodedata.unidata_version, "runs": runs}
    (OUT / "unassigned.json").write_text(json.dumps(text, separators=(",", ":")) + "\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rows = [[3, 7, 1], [9, 9, 2, 30, 4, 11], [5]]
    text("text-quick-gelu", randomise(CLIPTextModel(text_config()), 1), ids(rows, 9, 59))
    old = text_config(hidden_act="gelu", eos_token_id=2, pad_token_id=0, num_hidden_layers=3,
                      layer_norm_eps=1e-3, hidden_size=10, num_attention_heads=2,
                      intermediate_size=17, max_position_embeddings=8)
    text("text-gelu-old-eos", randomise(CLIPTextModel(old), 2), ids(rows, 6, 0), prefixed=True)
    projecting = text_config(hidden_act="gelu", num_attention_heads=1, num_hidden_layers=1)
    projected("text-projection", randomise(CLIPTextModelWithProjection(projecting), 3),
              ids(rows[:2], 9, 0))
    vision("vision-patch-16", randomise(CLIPVisionModel(vision_config()), 4), 3, 40)
    eight = vision_config(image_size=20, patch_size=8, hidden_act="gelu", layer_norm_eps=1e-4,
                          num_hidden_layers=1, num_attention_heads=3)
    vision("vision-patch-8", randomise(CLIPVisionModel(eight), 5), 1, 50)
    both = CLIPConfig(text_config=text_config(num_hidden_layers=1),
                      vision_config=vision_config(hidden_size=16, image_size=24, patch_size=8),
                      projection_dim=6)
    joint("joint", randomise(CLIPModel(both), 6), ids(rows, 9, 59), 60)
    fresh_spreads()
    tokenizer_cases()
    unassigned_characters()


main()
