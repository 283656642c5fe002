"""The service: registry, Profiles API and regular sync over HTTP.

`app.create_app(settings)` makes it, `routes.ROUTES` is the list of what it answers. Handlers are thin: they read the
request (`wire`), call the registry or the store (`backend`), and write the answer.
"""
