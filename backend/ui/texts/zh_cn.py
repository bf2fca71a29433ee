"""Sentences in Simplified Chinese. A float value is a duration and comes with its unit."""

from __future__ import annotations

from backend.ui.texts import choices, conversations

_OTHERS = conversations.ZH_CN | choices.ZH_CN

SENTENCES = {
    # -- a message that is not accepted ---------------------------------------------------------
    "gate_closed": "模型尚未就绪，消息没有发送。您的文字已保留：页面提示模型就绪后请再次发送。",
    "empty_message": "这条消息没有内容可以回答，请先写点什么。",
    "message_too_long": (
        "这条消息对模型来说太长：约 {num_tokens} 个 token（{num_characters} 个字符），"
        "最多只能容纳 {limit_tokens} 个 token。消息没有发送，您的文字已保留，请缩短后再发送。"
    ),
    "turn_running": (
        "上一条回复还在生成，这条消息没有发送。请等它完成，或先按停止。您的文字已保留。"
    ),
    "invalid_choice": "不允许使用这个值。",
    "invalid_choice.number": "请填写一个数字，例如 0.7。",
    "invalid_choice.whole": "请填写整数。",
    "invalid_choice.range": "请填写 {low} 到 {high} 之间的数字。",
    "invalid_choice.above": "请填写大于 {low} 且不超过 {high} 的数字。",
    "invalid_choice.json": "这不是有效的 JSON：请检查第 {line} 行第 {column} 列。",
    "invalid_choice.schema": (
        '这不是 JSON Schema。最简单的例子：{{"type": "object", "properties": '
        '{{"answer": {{"type": "string"}}}}}}。'
    ),
    "invalid_choice.reference": (
        "这个 Schema 中有 $ref 循环引用，或没有指向其中的任何内容。"
        "请指向其中的位置，例如 #/$defs/address。"
    ),
    "invalid_choice.length": "最多 {limit} 个字符。",
    "invalid_choice.tokens": "对模型来说太长：约 {num_tokens} 个 token，最多 {limit} 个。",
    "invalid_choice.count": "最多 {limit} 个。",
    # -- the engine -----------------------------------------------------------------------------
    "engine": "模型无法回答。",
    "engine_unreachable": "模型暂时没有响应。",
    "engine_timeout": "模型仍在启动：没有及时收到第一个字。",
    "engine_busy": "模型正忙。",
    "engine_fault": "模型自身出现了故障。",
    "engine_host_unknown": "找不到模型服务器的主机名：请检查 WARMLINE_ENGINE_URL。",
    "engine_unauthorized": "模型服务器拒绝了密钥：请检查 WARMLINE_ENGINE_API_KEY。",
    "model_not_found": "这里没有提供 WARMLINE_MODEL 指定的模型。可用的模型：{served}。",
    "model_not_found.plain": "这里没有提供 WARMLINE_MODEL 指定的模型。",
    "context_overflow": (
        "这段对话对模型来说太长：共 {num_tokens} 个 token，最多容纳 {limit_tokens} 个。"
        "请缩短消息，或开始新的对话。"
    ),
    "context_overflow.plain": "这段对话对模型来说太长。请缩短消息，或开始新的对话。",
    "bad_request": "模型服务器没有接受这个请求。",
    "bad_request.json_schema": (
        "模型服务器没有接受您设置的 JSON Schema：其中可能用到了它不支持的写法。请修改或清空它。"
    ),
    "not_an_engine": "在模型地址上应答的不是模型服务器：请检查 WARMLINE_ENGINE_URL。",
    "retries_exhausted": (
        "{cause}已在 {waited_seconds} 内尝试 {num_attempts} 次，不再继续。"
        "您的消息已保留，可以重试。"
    ),
    "interrupted": "已中断：模型在回复完成之前停止了。已写出的内容已保留，您可以继续或重试。",
    "interrupted.shutdown": (
        "已中断：聊天服务正在重启。已写出的内容已保留，页面恢复后您可以继续或重试。"
    ),
    "interrupted.stored": "已中断：这条回复没有完成。已写出的内容已保留，您可以继续或重试。",
    "internal": "聊天程序内部出错，详情见日志，请重试。",
    "settings": "有一项设置不正确。",
    "refused": "这条消息没有被接受。",
    # -- the store ------------------------------------------------------------------------------
    "store": "对话无法保存，所以没有发送。您的文字已保留。",
    "store_unavailable": "数据库暂时没有响应。您的文字已保留，请稍后再试。",
    "store_disk_full": "磁盘已满，对话无法保存。您的文字已保留，请在腾出空间后再试。",
    "store_read_only": "数据库只能读取，对话无法保存。您的文字已保留。",
    "store_address": "找不到数据库：请检查 WARMLINE_DATABASE_URL。",
    "store_address.not_a_url": "WARMLINE_DATABASE_URL 不是数据库的 URL。",
    "store_address.driver": (
        "WARMLINE_DATABASE_URL 中的数据库类型 {driver} 不受支持。"
        "可用：sqlite:///文件 和 postgresql://用户:密码@主机/名称。"
    ),
    "store_address.option": "WARMLINE_DATABASE_URL 中有不认识的选项：{option}。",
    "store_address.in_memory": (
        "WARMLINE_DATABASE_URL 没有指定文件：内存中的数据库会丢失全部内容。"
    ),
    "store_address.host_unknown": "WARMLINE_DATABASE_URL 中的主机名无法解析。",
    "store_address.login": "数据库拒绝了 WARMLINE_DATABASE_URL 中的用户名或密码。",
    "store_address.no_such_database": "WARMLINE_DATABASE_URL 中的服务器没有这个名称的数据库。",
    "store_address.not_a_database": "WARMLINE_DATABASE_URL 指向的不是数据库。",
    "schema_newer": (
        "更新版本的 Warmline 使用过这个数据库（数据库结构为 {found}，本版本支持 {known}）。"
        "请启动那个版本，或换一个数据库。"
    ),
    "schema_newer.plain": "更新版本的 Warmline 使用过这个数据库。",
    "not_found": "这段对话不存在，或不属于您。",
    "thread_changed": (
        "这段对话在别处有了改动，现在显示的是最新内容。消息没有发送，您的文字已保留。"
    ),
    "already_stored": "这条消息已经保存。",
    "store.later": "数据库暂时无法写入，这条回复尚未保存；恢复后会自动保存。",
    # -- waiting --------------------------------------------------------------------------------
    "retrying": "{cause}将在 {wait} 后重试（{attempt}尝试）。",
    "retrying.now": "{cause}正在重试（{attempt}尝试）。",
    # -- buttons --------------------------------------------------------------------------------
    "button.continue": "继续",
    "button.retry": "重试",
    "button.regenerate": "重新生成",
    "button.continue.tip": "从这条回复结束的地方继续",
    "button.retry.tip": "再次询问模型",
    "button.regenerate.tip": "让模型重新写一条回复",
    # -- a reply's numbers ----------------------------------------------------------------------
    "reply.stopped": "已停止。已写出的内容已保留。",
    "reply.empty": "模型没有写出任何内容就结束了，您可以重试。",
    "reply.length": "回复达到了长度上限，您可以继续。",
    "numbers.line": "首字 {ttft} · {rate} token/秒 · {output} 个 token",
    "numbers": "这条回复的数据",
    "numbers.tip": "查看这条回复的全部数据",
    "numbers.ttft": "首字用时",
    "numbers.ttft.value": "{value}",
    "numbers.rate": "之后的速度",
    "numbers.rate.value": "每秒 {value} 个 token",
    "numbers.prompt": "提示",
    "numbers.prompt.value": "{value} 个 token",
    "numbers.cached": "其中来自缓存",
    "numbers.cached.value": "{value} 个 token",
    "numbers.output": "回复",
    "numbers.output.value": "{value} 个 token",
    "numbers.queue": "在引擎中排队",
    "numbers.queue.value": "{value}",
    "numbers.wait": "发送前等待",
    "numbers.wait.value": "{value}",
    "numbers.finish": "结束原因",
    "numbers.finish.value": "{value}",
    "finish.stop": "stop：模型已写完",
    "finish.stop_word": "stop：遇到停止词“{word}”",
    "finish.length": "length：达到长度上限",
    # -- the gate's card ------------------------------------------------------------------------
    "gate.title": "模型正在准备",
    "gate.title.lost": "模型断开了，正在恢复",
    "gate.title.problem": "模型无法启动",
    "gate.title.ready": "已就绪",
    "engine.model": "模型",
    "engine.hardware": "运行于",
    "engine.profile": "配置档案",
    "engine.reasons": "为什么这样设置",
    "engine.set_by_hand": "手动设置（{variable}）",
    "engine.log": "引擎日志",
    "engine.command": "启动命令",
    "engine.no_log": "还没有日志。",
    "gate.hint": "现在就可以写；模型热身完成后会自动开放发送。",
    "gate.slow": "这一步用时是以往最长的 {times} 倍；引擎{activity}。",
    "slow.network": "仍在运行，正在等待网络",
    "slow.disk": "仍在运行，正在读写磁盘",
    "slow.processor": "仍在运行，正在计算",
    "slow.nothing": "仍在运行，但看不出在做什么",
    "slow.unknown": "仍在运行",
    "gate.fraction": "本步骤完成 {percent} %",
    "gate.download": "已下载 {done} GB",
    "gate.download.of": "已下载 {done} GB，共 {total} GB",
    "gate.download.rate": "每秒 {rate} MB",
    "gate.download.left": "下载还需 {left}",
    "gate.no_eta": "暂无预计时间",
    "gate.eta": "大约还需 {eta}",
    "gate.elapsed": "已用 {elapsed}",
    "gate.warming": "预热中：{bursts}",
    "gate.bursts": "{num} 路并发，{times}",
    "gate.bursts.alone": "单独，{times}",
    "gate.bursts.long": "长提示词，{times}",
    "gate.bursts.times": "{earlier}，然后 {last}",
    "gate.kernels": "期间编译了 {num} 个内核",
    "gate.advice": "解决办法：{advice}",
    "phase.starting": "正在启动引擎",
    "phase.downloading": "正在安装和下载",
    "phase.loading_weights": "正在加载模型权重",
    "phase.compiling": "正在编译模型",
    "phase.allocating_kv_cache": "正在为对话分配空间（KV 缓存）",
    "phase.capturing_graphs": "正在捕获 CUDA 图",
    "phase.serving": "正在打开引擎的服务",
    "phase.warming_up": "正在用真实 token 热身",
    "phase.ready": "已就绪",
    "phase.lost": "引擎没有响应，正在等待它恢复",
    "phase.failed": "引擎无法启动",
    # -- problems that the probes find ----------------------------------------------------------
    "problem.engine_host_unknown": "找不到模型服务器的主机名。",
    "problem.engine_host_unknown.advice": "请检查 WARMLINE_ENGINE_URL 是否有拼写错误。",
    "problem.engine_unauthorized": "模型服务器拒绝了密钥。",
    "problem.engine_unauthorized.advice": "请把 WARMLINE_ENGINE_API_KEY 设为服务器的密钥。",
    "problem.not_an_engine": "应答的不是兼容 OpenAI 的模型服务器。",
    "problem.not_an_engine.advice": (
        "请检查 WARMLINE_ENGINE_URL：它是服务器的基础地址，以 /v1 结尾。"
    ),
    "problem.model_not_found": "没有提供 WARMLINE_MODEL 指定的模型。可用的模型：{served}。",
    "problem.model_not_found.advice": "请把 WARMLINE_MODEL 设为其中之一，或不设置。",
    "problem.several_models": "服务器提供多个模型：{served}。",
    "problem.several_models.advice": "请把 WARMLINE_MODEL 设为其中之一。",
    "problem.warmup_failed": "模型服务器已启动，但还不能生成。",
    "problem.warmup_failed.advice": "请查看引擎日志；聊天会自动继续尝试。",
    "problem.unknown": "引擎报告了一个这里不认识的问题。",
    "problem.unknown.advice": "请查看引擎日志。",
    # -- the chat's own process -----------------------------------------------------------------
    "page.send_later": "发送（模型就绪后开放）",
    "page.export": "将这段对话保存为 %f",
    "page.too_long": (
        "这段文字太长，无法发送：{num_characters} 个字符，最多 {limit} 个。"
        "文字已保留，请缩短后再发送。"
    ),
} | _OTHERS
