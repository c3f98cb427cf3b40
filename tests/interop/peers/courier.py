"""The program of a board: a worker that takes a message where it is told to, and brings back the answer."""

from uockam import Worker, multiaddr


class Courier(Worker):
    """The text of a message is a route; the answer is what uppercase `hello` gets there."""

    async def handle_message(self, context, message):
        onward = multiaddr.to_route(multiaddr.parse(message.text))
        await context.reply(message, await context.ask(onward, "hello"))


async def main(node):
    await node.start_worker("courier", Courier())
