"""All rows, by name."""

from collections.abc import Mapping
from types import ModuleType

from tests.endpoint.servers import (
    anthropic,
    azure,
    deepseek,
    gemini,
    groq,
    litellm,
    llama_cpp,
    llama_cpp_python,
    lm_studio,
    mistral,
    ollama,
    openai,
    openrouter,
    sglang,
    tgi,
    together,
    transformers_serve,
    vllm,
)
from tests.endpoint.servers.row import Row

_MODULES: tuple[ModuleType, ...] = (
    *(openai, azure, ollama, llama_cpp, llama_cpp_python, lm_studio, vllm, sglang, tgi, transformers_serve),
    *(litellm, openrouter, groq, mistral, deepseek, together, gemini, anthropic),
)
ROWS: Mapping[str, Row] = {module.__name__.rsplit(".", 1)[1]: module.ROW for module in _MODULES}
