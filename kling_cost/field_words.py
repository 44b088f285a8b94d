"""What people, other APIs and our own reports call the fields of a job."""

from __future__ import annotations

from collections.abc import Mapping

from kling_cost.folded_names import folded

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


def _by_word(lists: Mapping[str, str]) -> dict[str, str]:
    return {folded(word): field for field, words in lists.items() for word in words.split()}


#: By folded heading: the column of a sheet that our reports head so.
REPORT_WORDS: Mapping[str, str] = _by_word(_REPORT_WORDS)
#: By folded word: the priced field that is meant.
OTHER_WORDS: Mapping[str, str] = _by_word(_OTHER_WORDS)
