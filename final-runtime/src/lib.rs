//! A single-threaded async runtime in asyncio's order of events.
