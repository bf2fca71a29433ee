"""What the stack's containers run beside the chat and the launcher."""
