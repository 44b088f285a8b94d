"""EvoLink's requests: what its models have in common, and the rules of each."""

from __future__ import annotations

from kling_cost.jobs.providers.equivalent_values import IMAGE, WORDS
from kling_cost.jobs.providers.evolink import evolink_o3
from kling_cost.jobs.providers.evolink.evolink_forms import CustomElement, ImageToVideo, TextToVideo
from kling_cost.jobs.providers.evolink.evolink_rules import (
    check_custom_element,
    check_image_to_video,
    check_text_to_video,
    image_facts,
    text_facts,
)
from kling_cost.jobs.providers.request_model import ModelRules
from kling_cost.jobs.providers.request_schema import no_facts

PROVIDER = "evolink"
NAME_FIELD = "model"
API_ERRORS: dict[str, str] = {}
#: What a model's name says of a field that its requests do not have: nothing.
FIXED: dict[str, dict[str, str]] = {}
#: Its answers state single facts of a request, but do not repeat it.
ANSWERS_REPEAT_REQUEST = False
#: What no rule tells apart.
PLAIN_VALUES = {"prompt": WORDS, "negative_prompt": WORDS, "image_start": IMAGE, "image_end": IMAGE}

MODELS: dict[str, ModelRules] = {
    "kling-v3-text-to-video": (TextToVideo, check_text_to_video, text_facts),
    "kling-v3-image-to-video": (ImageToVideo, check_image_to_video, image_facts),
    "kling-custom-element": (CustomElement, check_custom_element, no_facts),
    **evolink_o3.MODELS,
}
