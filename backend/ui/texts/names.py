"""Names of what Chainlit gives a picture alone: a screen reader could say nothing of it."""

from __future__ import annotations

from backend.ui.texts import Language

NAMES: dict[str, dict[Language, str]] = {
    "sidebar": {"en": "Conversations", "zh-CN": "对话列表"},
    "new_chat": {"en": "New conversation", "zh-CN": "新建对话"},
    "search": {"en": "Search conversations", "zh-CN": "搜索对话"},
    "profile": {"en": "What this conversation is for", "zh-CN": "这段对话的场景"},
    "theme": {"en": "Light or dark", "zh-CN": "浅色或深色"},
    "message": {"en": "Your message", "zh-CN": "您的消息"},
    "send": {"en": "Send", "zh-CN": "发送"},
    "stop": {"en": "Stop", "zh-CN": "停止"},
    "edit": {"en": "Edit this message", "zh-CN": "编辑这条消息"},
    "copy": {"en": "Copy", "zh-CN": "复制"},
    "helpful": {"en": "Helpful", "zh-CN": "有帮助"},
    "not_helpful": {"en": "Not helpful", "zh-CN": "没有帮助"},
    "comment": {"en": "Your comment", "zh-CN": "您的评论"},
    "thread": {"en": "More about this conversation", "zh-CN": "这段对话的更多操作"},
    "down": {"en": "To the end", "zh-CN": "到末尾"},
    "code": {"en": "Code", "zh-CN": "代码"},
}


def names(language: Language) -> dict[str, str]:
    """Each name in the page's language."""
    return {key: words[language] for key, words in NAMES.items()}
