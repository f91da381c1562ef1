"""The devices' own HTTP stacks, running: OkHttp and Conscrypt of the Android releases, and libcurl.

They are test equipment and are not shipped. `java/` holds the client, `building` has Maven fetch its parts and compiles
it, `process` keeps one running and hands it requests, `stacks` says which there are and how each is held to what its
platform offers. What differs from a real device is written in `differences.md`.
"""
