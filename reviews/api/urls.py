from django.urls import path, re_path

from reviews.api import handoffs, meta

app_name = "api"

urlpatterns = [
    path("handoffs", handoffs.collection, name="handoffs"),
    path("handoffs/<str:public_id>", handoffs.item, name="handoff"),
    path("handoffs/<str:public_id>/revisions", handoffs.revisions, name="revisions"),
    path("handoffs/<str:public_id>/messages", handoffs.messages, name="messages"),
    path("handoffs/<str:public_id>/withdraw", handoffs.withdraw, name="withdraw"),
    path("handoffs/<str:public_id>/ack", handoffs.ack, name="ack"),
    path("handoffs/<str:public_id>/files/<str:sha256>", handoffs.file, name="file"),
    path("keys", meta.keys, name="keys"),
    path("schemas/<str:name>", meta.schema, name="schema"),
    path("openapi.json", meta.openapi_json, name="openapi"),
    path("docs", meta.docs, name="docs"),
    re_path(r".*", meta.unknown),
]
