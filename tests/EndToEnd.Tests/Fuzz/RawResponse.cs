using System.Net;
using System.Text;
using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>A response as it came over the wire.</summary>
internal sealed record RawResponse(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>The value of a header, several joined by a comma; null where there is none.</summary>
    public string? Header(string name)
    {
        string[] values = [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];
        return values.Length == 0 ? null : string.Join(", ", values);
    }

    /// <summary>The media type of the body, without parameters.</summary>
    public string? MediaType => Header("Content-Type")?.Split(';')[0].Trim();

    /// <summary>The correlation id, which every response of a function has; the host's own responses have none.</summary>
    public string? CorrelationId => Header("X-Correlation-Id");

    /// <summary>Whether the status is 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The body as JSON; null where it is none.</summary>
    public JsonElement? Json()
    {
        try
        {
            return Body.Length == 0 ? null : JsonDocument.Parse(Body).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The response as an HTTP client returns it.</summary>
    public HttpResponseMessage ToMessage(HttpRequestMessage request)
    {
        var message = new HttpResponseMessage((HttpStatusCode)Status) { RequestMessage = request, Content = new ByteArrayContent(Body) };
        foreach (var (name, value) in Headers)
        {
            _ = message.Headers.TryAddWithoutValidation(name, value) || message.Content.Headers.TryAddWithoutValidation(name, value);
        }
        return message;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Status}\n{string.Join("\n", Headers.Select(header => $"{header.Name}: {header.Value}"))}\n\n{Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 2000)))}";
}
