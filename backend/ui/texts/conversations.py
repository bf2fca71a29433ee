"""Sentences around conversations, in both languages: links, the menu, dialogs, the live panel."""

from __future__ import annotations

_MENU = ("menu", "dialog", "share.", "delete_all")

EN = {
    # -- a conversation that is shared ----------------------------------------------------------
    "shared.notice": "This conversation was shared with you to be read. It may still go on.",
    "shared.untitled": "A conversation",
    "shared.user": "Question",
    "shared.assistant": "Reply",
    "shared.writing": "This reply is still being written.",
    "shared.stopped": "Stopped here.",
    "shared.interrupted": "Interrupted: this reply was not finished.",
    "shared.failed": "The model could not answer.",
    "shared.gone": (
        "This link leads to no conversation. Whoever shared it may have ended it; "
        "please ask them for a new one."
    ),
    "shared.later": "This conversation cannot be read at the moment. Please try again soon.",
    "shared.nothing": "Nothing to read",
    # -- the menu of the page -------------------------------------------------------------------
    "menu": "More",
    "menu.share": "Share a link…",
    "menu.delete_all": "Delete all conversations…",
    "menu.panel.show": "Show the engine's numbers",
    "menu.panel.hide": "Hide the engine's numbers",
    "dialog.cancel": "Cancel",
    "dialog.close": "Close",
    "share.title": "Share this conversation",
    "share.about": (
        "Whoever has the link can read this conversation, what is said later too, until you end "
        "the link. They cannot write, and see nothing else of yours."
    ),
    "share.make": "Make a link",
    "share.copy": "Copy the link",
    "share.copied": "Copied",
    "share.revoke": "End the link",
    "share.revoked": "The link is ended: whoever opens it reads nothing any more.",
    "delete_all.title": "Delete all conversations?",
    "delete_all.about": (
        "Everything of yours goes: {num} in all, with the links that you shared. "
        "It cannot be brought back."
    ),
    "delete_all.none": "There is no conversation to delete.",
    "delete_all.do": "Delete all",
    # -- the composer ---------------------------------------------------------------------------
    "page.paste": (
        "What you pasted is too long to send: {num_characters} characters, and at most {limit} can "
        "be sent. It was not put in, and what you had written is as it was."
    ),
    # -- the live panel -------------------------------------------------------------------------
    "panel": "The engine now",
    "panel.people": "online {value}",
    "panel.people.tip": "Pages that are open at this chat now",
    "panel.waiting": "waiting {value}",
    "panel.waiting.tip": "Requests that wait in the engine's queue",
    "panel.rate": "{value} tok/s",
    "panel.rate.tip": "Tokens a second of the whole engine, over the last 2 seconds",
    "panel.kv_cache": "KV cache {value} %",
    "panel.kv_cache.tip": "Share of the KV cache that is in use",
    "panel.prefix": "prefix hits {value} %",
    "panel.prefix.tip": "Prompt tokens found in the prefix cache since the engine's start",
}

ZH_CN = {
    # -- a conversation that is shared ----------------------------------------------------------
    "shared.notice": "这段对话分享给您阅读，之后可能还会继续。",
    "shared.untitled": "对话",
    "shared.user": "提问",
    "shared.assistant": "回复",
    "shared.writing": "这条回复还在生成。",
    "shared.stopped": "到此停止。",
    "shared.interrupted": "已中断：这条回复没有完成。",
    "shared.failed": "模型无法回答。",
    "shared.gone": "这个链接没有对应的对话，可能已被分享者撤销，请向对方索取新的链接。",
    "shared.later": "暂时无法读取这段对话，请稍后再试。",
    "shared.nothing": "没有可阅读的内容",
    # -- the menu of the page -------------------------------------------------------------------
    "menu": "更多",
    "menu.share": "分享链接…",
    "menu.delete_all": "删除全部对话…",
    "menu.panel.show": "显示引擎实时数据",
    "menu.panel.hide": "隐藏引擎实时数据",
    "dialog.cancel": "取消",
    "dialog.close": "关闭",
    "share.title": "分享这段对话",
    "share.about": (
        "拿到链接的人可以阅读这段对话，包括之后的内容，直到您撤销链接。"
        "他们不能发言，也看不到您的其他内容。"
    ),
    "share.make": "创建链接",
    "share.copy": "复制链接",
    "share.copied": "已复制",
    "share.revoke": "撤销链接",
    "share.revoked": "链接已撤销，打开它的人不会再看到任何内容。",
    "delete_all.title": "删除全部对话？",
    "delete_all.about": "您的全部 {num} 段对话都会删除，分享出去的链接也会失效，且无法恢复。",
    "delete_all.none": "没有可以删除的对话。",
    "delete_all.do": "全部删除",
    # -- the composer ---------------------------------------------------------------------------
    "page.paste": (
        "粘贴的文字太长，无法发送：{num_characters} 个字符，最多 {limit} 个。"
        "粘贴没有生效，您原来写的内容保持不变。"
    ),
    # -- the live panel -------------------------------------------------------------------------
    "panel": "引擎实时数据",
    "panel.people": "在线 {value}",
    "panel.people.tip": "现在打开的页面数",
    "panel.waiting": "排队 {value}",
    "panel.waiting.tip": "在引擎队列中等待的请求",
    "panel.rate": "{value} token/秒",
    "panel.rate.tip": "整个引擎最近 2 秒每秒生成的 token 数",
    "panel.kv_cache": "KV 缓存 {value}%",
    "panel.kv_cache.tip": "KV 缓存已用的比例",
    "panel.prefix": "前缀命中 {value}%",
    "panel.prefix.tip": "引擎启动以来在前缀缓存中找到的提示 token 比例",
}


def menu_words(language: str) -> dict[str, str]:
    """All that the menu and its dialogs say, by its key."""
    table = ZH_CN if language == "zh-CN" else EN
    return {key: table[key] for key in table if key.startswith(_MENU)}
