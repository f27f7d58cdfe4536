"""In-flight decisions over HTTP for banks' and operators' systems: bare ASGI, state in memory, every answer durable before it is sent."""
