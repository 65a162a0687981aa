"""A language model of random weights, small enough to build in a moment, that llama.cpp loads as any other.

What it writes is printable noise. Three things about it are chosen: a reply ends by itself, and a string
that a JSON grammar has opened is closed again, each after a number of tokens to be expected; and an `i`
is written only inside a word that begins with another letter, so that a judge made of it never answers
`impossible`, which would end a run at random.
"""

from pathlib import Path
from typing import Any, Final

import gguf
import numpy as np

CONTEXT_TOKENS: Final = 32_768
REPLY_TOKENS: Final = 40
STRING_TOKENS: Final = 10
SAMPLED_AT: Final = 0.8
"""The temperature at which the two lengths above hold."""

_WIDTH: Final = 64
_HEADS: Final = 4
_LAYERS: Final = 2
_FEED_FORWARD: Final = 96
_EPSILON: Final = 1e-5
_ANCHOR: Final = 5.0
"""Every embedding's first coordinate. No layer writes to it, so that the first column of the output matrix
acts as one bias a token."""
_NEVER: Final = -10.0
_CONSIDERED: Final = 40
"""The candidates that llama.cpp's sampler keeps by default."""

TOOL_TAG: Final = "<tool_call>\n{"
"""A token of its own, never written by itself: a request that wants a call has to favour it."""

_CONTROLS: Final = ("<unk>", "<s>", "</s>")
_END: Final = 2
_SPACE: Final = "\u2581"
_COMMON: Final = (
    "the result is not met unmet unknown goal turn user assistant judge quote source criteria evidence "
    "answer text line word write find give that this with from and for one two three first last next part "
    "done continue state reason where what program check object example place between"
)
_TEMPLATE: Final = (
    "{% if tools %}<|im_start|>system\n<tools>{% for tool in tools %}{{ tool | tojson }}{% endfor %}</tools>"
    "<|im_end|>\n{% endif %}"
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}"
    "{% for call in message.tool_calls or [] %}"
    '\n<tool_call>\n{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}'
    "\n</tool_call>{% endfor %}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""ChatML, with calls as Hermes writes them: llama.cpp learns their form here, and holds the model to it."""


def build_model(path: Path, seed: int = 7) -> None:
    """Write the model to a GGUF file."""
    rng = np.random.default_rng(seed)
    pieces = _pieces()
    writer = gguf.GGUFWriter(str(path), "llama")
    _describe(writer)
    _add_vocabulary(writer, pieces)
    for name, weights in _weights(rng, pieces).items():
        writer.add_tensor(f"{name}.weight", weights.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: gguf.GGUFWriter) -> None:
    writer.add_name("noise")
    writer.add_context_length(CONTEXT_TOKENS)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_feed_forward_length(_FEED_FORWARD)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_layer_norm_rms_eps(_EPSILON)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_chat_template(_TEMPLATE)


def _pieces() -> list[str]:
    """What the model reads and writes besides controls and single bytes, the likeliest merges first."""
    words = [_SPACE + word for word in _COMMON.split()]
    # The tokenizer merges two pieces at a time, so that a word is only reached over all its beginnings.
    beginnings = [word[:length] for word in words for length in range(2, len(word) + 1)]
    characters = [_SPACE, *(chr(code) for code in range(0x21, 0x7F))]
    return list(dict.fromkeys([*characters, *beginnings]))


def _add_vocabulary(writer: gguf.GGUFWriter, pieces: list[str]) -> None:
    kind = gguf.TokenType
    bytes_ = [f"<0x{value:02X}>" for value in range(256)]
    kinds = [kind.UNKNOWN, kind.CONTROL, kind.CONTROL, *[kind.BYTE] * 256, *[kind.NORMAL] * len(pieces)]
    kinds.append(kind.USER_DEFINED)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([*_CONTROLS, *bytes_, *pieces, TOOL_TAG])
    writer.add_token_scores(
        [0.0] * (len(_CONTROLS) + 256) + [-float(rank) for rank in range(len(pieces) + 1)]
    )
    writer.add_token_types([int(each) for each in kinds])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(_END)
    writer.add_add_bos_token(True)
    writer.add_vocab_size(len(kinds))


def _weights(rng: np.random.Generator, pieces: list[str]) -> dict[str, Any]:
    first = len(_CONTROLS) + 256
    size = first + len(pieces)
    embedding = rng.normal(0.0, 1.0, (size, _WIDTH))
    embedding[:, 0] = _ANCHOR
    output = rng.normal(0.0, 0.12, (size, _WIDTH))
    output[:, 0] = 0.0
    output[:first, 0] = _NEVER
    _make_likely(embedding, output, _END, 1 / REPLY_TOKENS, first)
    _make_likely(embedding, output, first + pieces.index('"'), 1 / STRING_TOKENS, first)
    output[first + pieces.index("i"), 0] = _NEVER
    tag = np.zeros((1, _WIDTH))
    tag[0, 0] = _NEVER
    embedding, output = np.vstack([embedding, -tag]), np.vstack([output, tag])
    weights = {"token_embd": embedding, "output": output, "output_norm": np.ones(_WIDTH)}
    for layer in range(_LAYERS):
        weights |= {f"blk.{layer}.{name}": value for name, value in _layer(rng).items()}
    return weights


def _layer(rng: np.random.Generator) -> dict[str, Any]:
    shapes = {
        "attn_q": (_WIDTH, _WIDTH),
        "attn_k": (_WIDTH, _WIDTH),
        "attn_v": (_WIDTH, _WIDTH),
        "attn_output": (_WIDTH, _WIDTH),
        "ffn_gate": (_FEED_FORWARD, _WIDTH),
        "ffn_up": (_FEED_FORWARD, _WIDTH),
        "ffn_down": (_WIDTH, _FEED_FORWARD),
    }
    found = {name: rng.normal(0.0, 0.05, shape) for name, shape in shapes.items()}
    found["attn_output"][0] = found["ffn_down"][0] = 0.0
    return found | {"attn_norm": np.ones(_WIDTH), "ffn_norm": np.ones(_WIDTH)}


def _make_likely(embedding: Any, output: Any, token: int, rate: float, first: int) -> None:
    """Set the token's bias so that it comes at this rate, on average over what may stand before it.

    The layers change little, so a token's own embedding stands for the state after it. With the weight of
    all other candidates known, the logit that takes the given share of the whole follows directly.
    """
    states = embedding[first:] / np.sqrt((embedding[first:] ** 2).mean(axis=1, keepdims=True))
    output[token] = 0.0
    output[token, 0] = _NEVER
    candidates = np.sort(states @ output.T, axis=1)[:, -_CONSIDERED:] / SAMPLED_AT
    weight = np.log(np.exp(candidates).sum(axis=1))
    logits = SAMPLED_AT * (weight + np.log(rate / (1 - rate)))
    output[token, 0] = (logits / states[:, 0]).mean()
