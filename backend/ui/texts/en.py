"""Sentences in English. A float value is a duration in seconds and comes with its unit."""

from __future__ import annotations

from backend.ui.texts import choices, conversations

_OTHERS = conversations.EN | choices.EN

SENTENCES = {
    # -- a message that is not accepted ---------------------------------------------------------
    "gate_closed": (
        "The model is not ready yet, so nothing was sent. "
        "Your text is kept: send it again when the page says that the model is ready."
    ),
    "empty_message": "There is nothing in this message to answer. Please write something.",
    "message_too_long": (
        "This message is too long for the model: it has about {num_tokens} tokens "
        "({num_characters} characters), and at most {limit_tokens} tokens fit. Nothing was sent, "
        "and your text is kept: please shorten it."
    ),
    "turn_running": (
        "The last reply is still being written, so this message was not sent. "
        "Wait for it, or press Stop first. Your text is kept."
    ),
    "invalid_choice": "This value is not allowed.",
    "invalid_choice.number": "Please write a number, such as 0.7.",
    "invalid_choice.whole": "Please write a whole number.",
    "invalid_choice.range": "Please write a number from {low} to {high}.",
    "invalid_choice.above": "Please write a number above {low}, up to {high}.",
    "invalid_choice.json": "This is no JSON: look at line {line}, column {column}.",
    "invalid_choice.schema": (
        'This is no JSON schema. A small one is {{"type": "object", "properties": '
        '{{"answer": {{"type": "string"}}}}}}.'
    ),
    "invalid_choice.reference": (
        "A $ref of this schema leads in a circle, or to nothing in it. Please name a place in it, "
        "such as #/$defs/address."
    ),
    "invalid_choice.length": "Please write at most {limit} characters.",
    "invalid_choice.tokens": (
        "This is too long for the model: about {num_tokens} tokens, at most {limit} fit."
    ),
    "invalid_choice.count": "Please write at most {limit} of them.",
    # -- the engine -----------------------------------------------------------------------------
    "engine": "The model could not answer.",
    "engine_unreachable": "The model does not answer at the moment.",
    "engine_timeout": "The model is still starting: no first word came in time.",
    "engine_busy": "The model is busy.",
    "engine_fault": "The model had a fault of its own.",
    "engine_host_unknown": (
        "The model's server was not found under its name: please check WARMLINE_ENGINE_URL."
    ),
    "engine_unauthorized": (
        "The model's server refused the key: please check WARMLINE_ENGINE_API_KEY."
    ),
    "model_not_found": (
        "The model named in WARMLINE_MODEL is not served here. These are: {served}."
    ),
    "model_not_found.plain": "The model named in WARMLINE_MODEL is not served here.",
    "context_overflow": (
        "This conversation is too long for the model: it has {num_tokens} tokens, and at most "
        "{limit_tokens} fit. Please shorten your message or start a new chat."
    ),
    "context_overflow.plain": (
        "This conversation is too long for the model. "
        "Please shorten your message or start a new chat."
    ),
    "bad_request": "The model's server did not accept this request.",
    "bad_request.json_schema": (
        "The model's server did not accept the JSON schema of your settings: it may use something "
        "that the server does not know. Please change the schema, or empty it."
    ),
    "not_an_engine": (
        "What answers in the model's place is not a model server: please check WARMLINE_ENGINE_URL."
    ),
    "retries_exhausted": (
        "{cause} I tried {num_attempts} times over {waited_seconds} and stopped there. "
        "Your message is kept: you can try again."
    ),
    "interrupted": (
        "Interrupted: the model stopped before this reply was finished. "
        "What it wrote is kept; you can continue it or try again."
    ),
    "interrupted.shutdown": (
        "Interrupted: the chat is being restarted. "
        "What was written is kept; you can continue it or try again when the page is back."
    ),
    "interrupted.stored": (
        "Interrupted: this reply was not finished. "
        "What was written is kept; you can continue it or try again."
    ),
    "internal": "Something went wrong inside the chat. The log says more; please try again.",
    "settings": "A setting is wrong.",
    "refused": "This message was not accepted.",
    # -- the store ------------------------------------------------------------------------------
    "store": "The conversation could not be stored, so nothing was sent. Your text is kept.",
    "store_unavailable": (
        "The database does not answer at the moment. Your text is kept; please try again soon."
    ),
    "store_disk_full": (
        "The disk is full, so the conversation cannot be stored. "
        "Your text is kept; please try again when there is space."
    ),
    "store_read_only": (
        "The database may only be read, so the conversation cannot be stored. Your text is kept."
    ),
    "store_address": "The database was not found: please check WARMLINE_DATABASE_URL.",
    "store_address.not_a_url": "WARMLINE_DATABASE_URL is not a URL of a database.",
    "store_address.driver": (
        "WARMLINE_DATABASE_URL names a kind of database that is not known here: {driver}. "
        "Allowed are sqlite:///FILE and postgresql://USER:PASSWORD@HOST/NAME."
    ),
    "store_address.option": "WARMLINE_DATABASE_URL has an option that is not known: {option}.",
    "store_address.in_memory": (
        "WARMLINE_DATABASE_URL names no file: a database in memory would lose everything."
    ),
    "store_address.host_unknown": "The host in WARMLINE_DATABASE_URL is not known.",
    "store_address.login": (
        "The database refuses the user or the password in WARMLINE_DATABASE_URL."
    ),
    "store_address.no_such_database": (
        "The server in WARMLINE_DATABASE_URL has no database of that name."
    ),
    "store_address.not_a_database": "What WARMLINE_DATABASE_URL leads to is not a database.",
    "schema_newer": (
        "A newer version of Warmline has used this database (its schema is {found}, "
        "this version knows {known}). Start that version, or use another database."
    ),
    "schema_newer.plain": "A newer version of Warmline has used this database.",
    "not_found": "This conversation does not exist, or it is not yours.",
    "thread_changed": (
        "This conversation was changed in another place; here it is as it is now. "
        "Nothing was sent, and your text is kept."
    ),
    "already_stored": "This message is stored already.",
    "store.later": (
        "This reply is not stored yet, for the database does not take it now. "
        "It will be stored as soon as it does."
    ),
    # -- waiting --------------------------------------------------------------------------------
    "retrying": "{cause} Trying again in {wait} ({attempt} try).",
    "retrying.now": "{cause} Trying again now ({attempt} try).",
    # -- buttons --------------------------------------------------------------------------------
    "button.continue": "Continue",
    "button.retry": "Try again",
    "button.regenerate": "Regenerate",
    "button.continue.tip": "Go on from where this reply ends",
    "button.retry.tip": "Ask the model again",
    "button.regenerate.tip": "Let the model write another reply",
    # -- a reply's numbers ----------------------------------------------------------------------
    "reply.stopped": "Stopped. What was written is kept.",
    "reply.empty": "The model ended its reply without a word. You can try again.",
    "reply.length": "The reply reached its length limit. You can continue it.",
    "numbers.line": "first token {ttft} · {rate} tok/s · {output} tokens",
    "numbers": "This reply's numbers",
    "numbers.tip": "All numbers of this reply",
    "numbers.ttft": "First token after",
    "numbers.ttft.value": "{value}",
    "numbers.rate": "Speed after that",
    "numbers.rate.value": "{value} tokens a second",
    "numbers.prompt": "Prompt",
    "numbers.prompt.value": "{value} tokens",
    "numbers.cached": "… of it from the cache",
    "numbers.cached.value": "{value} tokens",
    "numbers.output": "Reply",
    "numbers.output.value": "{value} tokens",
    "numbers.queue": "Waited in the engine's queue",
    "numbers.queue.value": "{value}",
    "numbers.wait": "Waited before it was sent",
    "numbers.wait.value": "{value}",
    "numbers.finish": "Ended by",
    "numbers.finish.value": "{value}",
    "finish.stop": "stop: the model had finished",
    "finish.stop_word": "stop: the stop word “{word}” came",
    "finish.length": "length: the limit was reached",
    # -- the gate's card ------------------------------------------------------------------------
    "gate.title": "The model is getting ready",
    "gate.title.lost": "The model went away and is coming back",
    "gate.title.problem": "The model cannot start",
    "gate.title.ready": "Ready",
    "gate.hint": "You can write already; sending opens by itself when the model is warm.",
    "gate.slow": "This step takes {times} times longer than ever before; the engine {activity}.",
    "slow.network": "is alive and waits for the network",
    "slow.disk": "is alive and reads or writes the disk",
    "slow.processor": "is alive and computes",
    "slow.nothing": "is alive, but does nothing that can be seen",
    "slow.unknown": "is alive",
    "gate.fraction": "{percent} % of this step",
    "gate.download": "{done} GB here",
    "gate.download.of": "{done} of {total} GB here",
    "gate.download.rate": "{rate} MB a second",
    "gate.download.left": "{left} left of the download",
    "gate.no_eta": "no estimate yet",
    "gate.eta": "about {eta} left",
    "gate.elapsed": "{elapsed} so far",
    "gate.warming": "Warming up: {bursts}",
    "gate.bursts": "{num} at once, {times}",
    "gate.bursts.alone": "alone, {times}",
    "gate.bursts.long": "a long prompt, {times}",
    "gate.bursts.times": "{earlier}, then {last}",
    "gate.kernels": "{num} kernels compiled meanwhile",
    "engine.model": "Model",
    "engine.hardware": "Runs on",
    "engine.profile": "Profile",
    "engine.reasons": "Why it is set up like this",
    "engine.set_by_hand": "set by hand ({variable})",
    "engine.log": "Engine's log",
    "engine.command": "Command",
    "engine.no_log": "There is no log yet.",
    "gate.advice": "What to do: {advice}",
    "phase.starting": "Starting the engine",
    "phase.downloading": "Installing and downloading",
    "phase.loading_weights": "Loading the model's weights",
    "phase.compiling": "Compiling the model",
    "phase.allocating_kv_cache": "Making room for conversations (KV cache)",
    "phase.capturing_graphs": "Capturing CUDA graphs",
    "phase.serving": "Opening the engine's server",
    "phase.warming_up": "Warming up with real tokens",
    "phase.ready": "Ready",
    "phase.lost": "The engine does not answer; waiting for it",
    "phase.failed": "The engine could not start",
    # -- problems that the probes find ----------------------------------------------------------
    "problem.engine_host_unknown": "The host name of the model's server is not known.",
    "problem.engine_host_unknown.advice": "Check WARMLINE_ENGINE_URL for a typing mistake.",
    "problem.engine_unauthorized": "The model's server refuses the key.",
    "problem.engine_unauthorized.advice": "Set WARMLINE_ENGINE_API_KEY to the server's key.",
    "problem.not_an_engine": "What answers is not an OpenAI-compatible model server.",
    "problem.not_an_engine.advice": (
        "Check WARMLINE_ENGINE_URL: it is the server's base URL and ends in /v1."
    ),
    "problem.model_not_found": "The model named in WARMLINE_MODEL is not served. Served: {served}.",
    "problem.model_not_found.advice": "Set WARMLINE_MODEL to one of these names, or leave it out.",
    "problem.several_models": "The server offers several models: {served}.",
    "problem.several_models.advice": "Set WARMLINE_MODEL to one of these names.",
    "problem.warmup_failed": "The model server is up but does not generate yet.",
    "problem.warmup_failed.advice": "Look at the engine's log; the chat keeps trying by itself.",
    "problem.unknown": "The engine reports a problem that is not known here.",
    "problem.unknown.advice": "Look at the engine's log.",
    # -- the chat's own process -----------------------------------------------------------------
    "page.send_later": "Send (opens when the model is ready)",
    "page.export": "Save this conversation as %f",
    "page.too_long": (
        "This text is too long to send: {num_characters} characters, at most {limit} can be sent. "
        "It is kept: please shorten it."
    ),
} | _OTHERS
