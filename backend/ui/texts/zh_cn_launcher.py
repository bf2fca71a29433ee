"""The launcher's and set-up's problems in Simplified Chinese, by their kind.

The launcher speaks English by itself (it runs beside vLLM, on the standard library alone); a page
in Chinese shows these sentences, and the launcher's own for a kind that is not here. A test
compares the kinds.
"""

from __future__ import annotations

# kind: (what is wrong, what to do)
PROBLEMS = {
    "unknown_flag": ("vLLM 不认识一个参数。", "请更正 WARMLINE_ENGINE_FLAGS 或配置档案。"),
    "invalid_flag_value": (
        "vLLM 不接受一个参数的值。",
        "请更正 WARMLINE_ENGINE_FLAGS 或配置档案。",
    ),
    "context_too_long": (
        "上下文长度放不进 KV 缓存，或超过了模型的上限。",
        "请减小 --max-model-len，或给缓存更多显存。",
    ),
    "out_of_memory": (
        "显存或内存不足。",
        "请使用更小或量化的模型，减小 --max-num-seqs 或 --max-model-len。",
    ),
    "memory_taken": (
        "显存被其他程序占用。",
        "请结束其他程序，或减小 --gpu-memory-utilization。",
    ),
    "driver_too_old": ("NVIDIA 驱动版本低于 vLLM 的要求。", "请更新驱动。"),
    "no_gpu": (
        "vLLM 看不到 GPU。",
        "请安装 NVIDIA 驱动；使用 Docker 时还需要 NVIDIA container toolkit，或改用 CPU 版本。",
    ),
    "unsupported_dtype": (
        "这块显卡不支持所选的数据类型。",
        "请设置 --dtype half 或 auto。",
    ),
    "unsupported_quantization": (
        "这块显卡不支持该模型的量化方式。",
        "请把 WARMLINE_ENGINE_MODEL 换成其他量化方式或未量化的模型，并去掉参数 --quantization。",
    ),
    "too_few_gpus": (
        "引擎要使用的 GPU 多于它能看到的。",
        "请减小 --tensor-parallel-size 或 --data-parallel-size，"
        "或用 CUDA_VISIBLE_DEVICES 让它看到更多 GPU。",
    ),
    "cache_damaged": (
        "引擎的缓存中有一个文件已损坏。",
        "如果重建缓存后仍无法启动，请重新安装引擎：它的软件包也可能已损坏。",
    ),
    "missing_compiler": (
        "编译模型需要 C++ 编译器，但没有找到。",
        "请安装 g++，或不编译启动：--enforce-eager。",
    ),
    "port_taken": (
        "引擎的端口被其他程序占用。",
        "请结束该程序，或把 WARMLINE_ENGINE_PORT 设为空闲端口。",
    ),
    "disk_full": ("磁盘已满。", "请在缓存所在的磁盘腾出空间后重新启动。"),
    "disk": ("磁盘已满。", "请腾出空间后重新运行。"),
    "model_folder_missing": ("模型文件夹不存在。", "请更正 WARMLINE_ENGINE_MODEL。"),
    "model_folder_incomplete": (
        "模型文件夹不完整。",
        "请指向包含 config.json、分词器和权重的完整文件夹，或重新下载。",
    ),
    "unsupported_model": ("这个版本的 vLLM 不认识该模型的结构。", "请换一个受支持的模型。"),
    "models_folder_closed": (
        "引擎无权写入模型文件夹，或无法读取其中的文件。",
        "请把该文件夹交给引擎的用户。在 Docker 中该用户是 2000:0，而 Docker 为 WARMLINE_MODELS_DIR "
        "自动创建的文件夹属于 root：请运行 chown -R 2000:0。",
    ),
    "model_gated": (
        "模型库只向获得授权的账号提供这个模型。",
        "请在模型库接受许可并设置 HF_TOKEN，或换一个模型。",
    ),
    "model_not_found": (
        "模型库中没有这个模型，或不向这个账号开放。",
        "请检查 WARMLINE_ENGINE_MODEL 的拼写；私有模型需要 HF_TOKEN。",
    ),
    "model_not_downloaded": (
        "本机没有这个模型，而访问模型库的功能已关闭。",
        "请启动一次时不设 HF_HUB_OFFLINE，或把 WARMLINE_ENGINE_MODEL 设为模型文件夹。",
    ),
    "certificate_unknown": (
        "模型库的证书不受信任：连接可能被代理解密。",
        "请在 SSL_CERT_FILE 中指定含有代理证书的文件，或使用模型文件夹。",
    ),
    "no_network": (
        "无法连接模型库。",
        "请检查网络和代理，把 HF_ENDPOINT 设为镜像，或使用模型文件夹。",
    ),
    "engine_broken": ("引擎的 Python 环境损坏。", "请重新安装引擎。"),
    "invalid_setting": ("vLLM 不接受一项设置的值。", "请更正 WARMLINE_ENGINE_FLAGS 或配置档案。"),
    "start_failed": ("vLLM 无法启动，原因未知。", "日志的末尾说明了原因。"),
    "engine_died": ("vLLM 的引擎意外退出。", "如果没有人结束它，可能是内存不足，请查看日志末尾。"),
    "engine_killed": ("vLLM 被强行结束。", "可能是内存不足，请查看日志末尾。"),
    "engine_exited": ("vLLM 退出了。", "请查看日志末尾。"),
    "crash_loop": ("vLLM 在短时间内多次退出，不再自动重启。", "请查看日志末尾后重新启动。"),
    "profile_invalid": (
        "配置档案无法使用。",
        "请更正文件，或把 WARMLINE_ENGINE_PROFILE 改为 auto。",
    ),
    "flags_invalid": ("WARMLINE_ENGINE_FLAGS 无法解析。", "参数必须以 -- 开头。"),
    "card_unsupported": ("这个版本的 vLLM 不支持这块显卡。", "请换较新的显卡，或改用 CPU 版本。"),
    "hardware_unreadable": ("无法读取本机的显卡信息。", "请查看 nvidia-smi 的输出后重新启动。"),
    "index": ("无法连接软件包索引。", "请检查网络和代理，安装会自动重试。"),
    "package": ("一个软件包无法安装。", "请查看日志。"),
    "pip": ("安装失败。", "请查看日志。"),
    "venv": ("无法创建 Python 环境。", "请查看日志。"),
    "model": ("无法准备模型。", "请查看日志。"),
    "system": ("系统拒绝了一个操作。", "请查看日志。"),
}
