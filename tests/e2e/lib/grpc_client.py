"""Calls obs-ingest through grpcio, the C core: grpc_client.py PORT FOLDER-OF-OTLP-REQUESTS."""

import sys
import threading
import time

import grpc

port, folder = sys.argv[1:]
SERVICES = {
    'logs': '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    'spans': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    'metrics': '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
}
channel = grpc.insecure_channel(f'127.0.0.1:{port}', options=[
    ('grpc.max_send_message_length', -1),
    ('grpc.keepalive_time_ms', 1000), ('grpc.keepalive_permit_without_calls', 1),
])


def call(path, message, **options):
    method = channel.unary_unary(path, request_serializer=None, response_deserializer=None)
    try:
        return 'OK', method(message, timeout=options.pop('timeout', 20), **options)
    except grpc.RpcError as error:
        return error.code().name, error.details()


for name, path in SERVICES.items():
    with open(f'{folder}/every_field_{name}.pb', 'rb') as file:
        message = file.read()
    for compression in (grpc.Compression.NoCompression, grpc.Compression.Gzip, grpc.Compression.Deflate):
        assert call(path, message, compression=compression)[0] == 'OK', (name, compression)
    assert call(path, message * 2000)[0] == 'OK', name
    assert call(path, b'\xff\xff\xff')[0] == 'INVALID_ARGUMENT', name

logs = SERVICES['logs']
assert call('/a.B/C', b'')[0] == 'UNIMPLEMENTED'
assert call(logs, b'\0' * (65 << 20))[0] == 'RESOURCE_EXHAUSTED'
assert call(logs, b'', timeout=0.0001)[0] in ('OK', 'DEADLINE_EXCEEDED')
time.sleep(2.5)  # Keepalive pings without calls.
assert call(logs, b'') == ('OK', b'')

failed = []


def caller():
    for _ in range(100):
        result = call(logs, b'')
        if result != ('OK', b''):
            failed.append(result)


threads = [threading.Thread(target=caller) for _ in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failed, failed[:3]
