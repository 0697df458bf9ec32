using System.Text;
using Azure.Core.Serialization;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Reads JSON: a document into an object, or a route value such as <c>42</c> into a number.</summary>
internal sealed class JsonConverter(IOptions<WorkerOptions> options) : IInputConverter
{
    private readonly ObjectSerializer _serializer = options.Value.Serializer
        ?? throw new InvalidOperationException("A serializer is not configured for the worker.");

    public async ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        if (context.TargetType == typeof(string))
            return ConversionResult.Unhandled();

        switch (context.Source)
        {
            case string text:
                using (var stream = new MemoryStream(Encoding.UTF8.GetBytes(text)))
                    return await ReadAsync(stream, context.TargetType);
            case ReadOnlyMemory<byte> bytes:
                using (var stream = new MemoryStream(bytes.ToArray()))
                    return await ReadAsync(stream, context.TargetType);
            case HttpRequestData request:
                var result = await ReadAsync(request.Body, context.TargetType);
                request.Body.Position = 0;
                return result;
            default:
                return ConversionResult.Unhandled();
        }
    }

    private async ValueTask<ConversionResult> ReadAsync(Stream json, Type type)
    {
        try
        {
            return ConversionResult.Success(await _serializer.DeserializeAsync(json, type, CancellationToken.None));
        }
        catch (Exception exception)
        {
            return ConversionResult.Failed(exception);
        }
    }
}
