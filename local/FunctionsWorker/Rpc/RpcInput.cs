using McpFunctions.Local.FunctionsProtocol;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>Reads the values that the host sends.</summary>
internal static class RpcInput
{
    public static IReadOnlyDictionary<string, object?> ToDictionary(IEnumerable<ParameterBinding> inputs, FunctionContext context) =>
        inputs.ToDictionary(input => input.Name, input => ToObject(input.Data, context), StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyDictionary<string, object?> ToDictionary(IDictionary<string, TypedData> metadata, FunctionContext context)
    {
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, data) in metadata)
            values[name] = ToObject(data, context);
        return values;
    }

    private static object? ToObject(TypedData? data, FunctionContext context) => data?.DataCase switch
    {
        null or TypedData.DataOneofCase.None => null,
        TypedData.DataOneofCase.Http => new RpcHttpRequestData(data.Http, context),
        TypedData.DataOneofCase.String => data.String,
        TypedData.DataOneofCase.Json => data.Json,
        TypedData.DataOneofCase.Bytes => data.Bytes.Memory,
        TypedData.DataOneofCase.Stream => data.Stream.Memory,
        TypedData.DataOneofCase.Int => data.Int,
        TypedData.DataOneofCase.Double => data.Double,
        TypedData.DataOneofCase.CollectionBytes => data.CollectionBytes.Bytes.Select(bytes => bytes.Memory),
        TypedData.DataOneofCase.CollectionString => data.CollectionString.String,
        TypedData.DataOneofCase.CollectionDouble => data.CollectionDouble.Double,
        TypedData.DataOneofCase.CollectionSint64 => data.CollectionSint64.Sint64,
        var other => throw new NotSupportedException($"The worker cannot take a value of kind '{other}'."),
    };
}
