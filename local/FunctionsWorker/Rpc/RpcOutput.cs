using Azure.Core.Serialization;
using Google.Protobuf;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker.Http;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>Writes the values that go to the host.</summary>
internal static class RpcOutput
{
    public static async ValueTask<TypedData> ToRpcAsync(object value, ObjectSerializer serializer) => value switch
    {
        byte[] bytes => new TypedData { Bytes = ByteString.CopyFrom(bytes) },
        string text => new TypedData { String = text },
        HttpResponseData response => new TypedData { Http = await ToRpcAsync(response) },
        _ => ToJson(value, serializer),
    };

    /// <summary>Takes the body's bytes: those of the worker's own response stream without copying them.</summary>
    private static async ValueTask<RpcHttp> ToRpcAsync(HttpResponseData response)
    {
        var http = new RpcHttp { StatusCode = response.StatusCode.ToString("d") };
        foreach (var (name, values) in response.Headers)
            http.Headers[name] = string.Join(',', values);
        if (response.Cookies is RpcHttpCookies cookies)
            http.Cookies.AddRange(cookies.All);

        if (response.Body is { CanRead: true } body)
        {
            if (body.CanSeek)
                body.Position = 0;
            http.Body = new TypedData
            {
                Bytes = body is MemoryStream memory && memory.TryGetBuffer(out var buffer)
                    ? UnsafeByteOperations.UnsafeWrap(buffer)
                    : await ByteString.FromStreamAsync(body),
            };
        }

        return http;
    }

    // As the official worker: what does not serialize goes as its text.
    private static TypedData ToJson(object value, ObjectSerializer serializer)
    {
        try
        {
            return new TypedData { Json = serializer.Serialize(value, value.GetType()).ToString() };
        }
        catch (Exception)
        {
            return new TypedData { String = value.ToString() ?? "" };
        }
    }
}
