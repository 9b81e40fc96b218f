#!/usr/bin/env python3
"""A mail server for tests: takes every letter, and writes one line for each into a file.

Usage: smtp_sink.py FILE. It listens on a free port of the loopback, which it prints. A line is written and flushed before
the letter is accepted: time in seconds since 1970, recipient, Message-ID. It ends when its standard input does.
"""
import asyncio
import email
import socket
import sys
import time

from aiosmtpd.controller import Controller


class Sink:
    def __init__(self, path):
        self.file = open(path, "a", buffering=1)

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content)
        self.file.write(f"{time.time():.4f} {envelope.rcpt_tos[0]} {letter['Message-ID']}\n")
        # A mail server takes its time, so that workers die in every place.
        await asyncio.sleep(0.1)
        return "250 taken"


# The library wants to know its port before it listens.
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
controller = Controller(Sink(sys.argv[1]), hostname="127.0.0.1", port=port)
controller.start()
print(port, flush=True)
sys.stdin.read()
controller.stop()
