using System.Net.Http.Headers;
using Microsoft.Azure.Functions.Worker.Http;

namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Reads the request's body for <see cref="FromBodyAttribute"/>: text and bytes as they are, anything else from JSON.</summary>
internal sealed class FromBodyConverter : IInputConverter
{
    public async ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        var request = await context.FunctionContext.GetHttpRequestDataAsync()
            ?? throw new InvalidOperationException("[FromBody] needs an HTTP trigger.");

        if (context.TargetType == typeof(string))
            return ConversionResult.Success(await request.ReadAsStringAsync());
        if (context.TargetType == typeof(byte[]))
            return ConversionResult.Success(await ReadBytesAsync(request));
        if (context.TargetType == typeof(Memory<byte>))
            return ConversionResult.Success(new Memory<byte>(await ReadBytesAsync(request)));
        if (!IsJson(request))
        {
            throw new InvalidOperationException(
                $"[FromBody] reads '{context.TargetType}' from a JSON body only, and the request's Content-Type is not JSON.");
        }

        return ConversionResult.Success(await WorkerOptions.SerializerOf(context.FunctionContext)
            .DeserializeAsync(request.Body, context.TargetType, context.FunctionContext.CancellationToken));
    }

    private static async Task<byte[]> ReadBytesAsync(HttpRequestData request)
    {
        using var copy = new MemoryStream();
        await request.Body.CopyToAsync(copy);
        return copy.ToArray();
    }

    private static bool IsJson(HttpRequestData request) =>
        request.Headers.TryGetValues("Content-Type", out var values)
        && MediaTypeHeaderValue.TryParse(values.FirstOrDefault(), out var contentType)
        && contentType.MediaType is { } mediaType
        && (mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
}
