"""Names of fields and columns: when two spellings are one name, and what others call the same thing.

Sellers ignore a field that they do not know and bill its default, so a word of another API that stands where a
priced field should is lost money. What such a word is worth depends on whether the real field stands beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kling_cost.folded_names import folded as folded

#: The headings of our own line items in Korean, Japanese and Chinese, by the column that they stand for.
_REPORT_WORDS = {
    "job_id": "작업 ジョブ 任务",
    "provider": "공급사 プロバイダー 供应商",
    "model": "모델 モデル 模型",
    "duration": "길이(초) 長さ(秒) 时长(秒)",
    "quality": "화질 品質 画质",
    "sound": "사운드 サウンド 声音",
    "takes": "테이크수 テイク数 生成次数",
    "date": "날짜 日付 日期",
    "prompt": "프롬프트 プロンプト 提示词",
    "task_id": "태스크 タスク API任务号",
}

#: What other APIs, and people, call a field that a price depends on.
_OTHER_WORDS = {
    "model": "type task task_type model_name model_id model_version",
    "duration": (
        "seconds secs sec s length len len_s duration_s duration_sec duration_secs duration_seconds durations length_s"
        " length_sec length_seconds duration(s) duration(sec) duration(secs) duration(seconds) length(s) length(sec)"
        " length(secs) length(seconds) time(s) time video_length video_duration clip_length clip_duration video_seconds"
        " clip_seconds shot_length shot_duration runtime dauer länge durée duración duração durata 길이"
        " 시간 초 秒数 長さ 時間 尺 秒 时长 时间 長度 长度 时长秒数"
    ),
    "quality": (
        "qualities resolution output_resolution video_resolution res mode size video_size quality_level video_quality"
        " output_quality definition 해상도 품질 解像度 画質 分辨率 清晰度 质量"
    ),
    "sound": (
        "audio generate_audio with_audio enable_audio native_audio enable_sound with_sound generate_sound has_audio"
        " include_audio audio_enabled sound_enabled audio? sound? 소리 음향 오디오 音声 音 音频 声音开关 有声"
    ),
    "takes": (
        "n num count quantity qty variations copies repeats repeat versions times batch_size batch num_takes n_takes"
        " number_of_takes num_videos num_outputs number_of_videos num_samples samples variants reps repetitions"
        " iterations attempts tries how_many takes(n) num_variations num_variants"
        " number_of_variations number_of_variants video_count clip_count anzahl stück cantidad quantité quantidade"
        " 테이크 매수 횟수 수량 개수 本数 回数 個数 数量 次数 份数 个数 條數 条数"
    ),
}

#: What other APIs call material that some models need; no price depends on it.
_OTHER_MATERIAL = {
    "image_start": "image image_url image_urls start_image start_image_url first_frame first_frame_image",
    "image_end": "image_tail end_image end_image_url tail_image tail_image_url last_frame last_frame_image",
    "image": "image_url image_urls image_start start_image start_image_url first_frame",
    "end_image": "image_tail image_end end_image_url tail_image_url last_frame",
    "video": "video_url video_urls video_list",
    "images": "image_urls image_list reference_images",
}


def _by_word(lists: Mapping[str, str]) -> dict[str, str]:
    return {folded(word): field for field, words in lists.items() for word in words.split()}


#: By folded heading: the column of a sheet that our reports head so.
REPORT_WORDS: Mapping[str, str] = _by_word(_REPORT_WORDS)
#: By folded word: the priced field that is meant.
OTHER_WORDS: Mapping[str, str] = _by_word(_OTHER_WORDS)
#: By field: the folded words that others use for it.
OTHER_MATERIAL: Mapping[str, frozenset[str]] = {
    field: frozenset(folded(word) for word in words.split()) for field, words in _OTHER_MATERIAL.items()
}

_TOO_MANY = 1_000_000  # seconds or takes; 1e999999 is eight characters
_COUNT = re.compile(r"([0-9]{1,6})(?:\.0+)? ?(?:s|secs?|seconds?)?", re.ASCII)
_QUALITIES = {"std": "720p", "standard": "720p", "pro": "1080p", "professional": "1080p", "4k": "4k"}
_SOUNDS = {"on": "on", "true": "on", "native": "on", "yes": "on", "off": "off", "false": "off", "no": "off"}

_COUNTED = ("duration", "takes")


def meant_value(field: str, value: Any) -> Any:
    """What a value under another word means in the words of a priced field; None where that is unclear.

    >>> meant_value("quality", "pro"), meant_value("sound", True), meant_value("duration", "10s")
    ('1080p', 'on', 10)
    """
    if isinstance(value, bool):
        return ("on" if value else "off") if field == "sound" else None
    if isinstance(value, (int, Decimal)):
        return _whole(value) if field in _COUNTED else None
    return _meant_text(field, value) if isinstance(value, str) else None


def _whole(value: int | Decimal) -> int | None:
    """A whole number of a size that people count."""
    is_number = isinstance(value, int) or value.is_finite()
    return int(value) if is_number and -_TOO_MANY < value < _TOO_MANY and value == int(value) else None


def _meant_text(field: str, value: str) -> Any:
    word = folded(value)
    if field == "quality":
        return _QUALITIES.get(word, word)
    if field == "sound":
        return _SOUNDS.get(word)
    found = _COUNT.fullmatch(unicodedata.normalize("NFKC", value).strip().casefold())
    return int(found[1]) if found and field in _COUNTED else None
