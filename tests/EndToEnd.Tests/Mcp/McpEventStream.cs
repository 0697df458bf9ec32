using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Mcp;

/// <summary>An open stream of JSON-RPC messages.</summary>
internal sealed class McpEventStream : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = Eventually.DefaultDeadline;

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private McpEventStream(HttpResponseMessage response, Stream body) => (_response, _reader) = (response, new StreamReader(body));

    /// <summary>Opens a stream.</summary>
    public static async Task<McpEventStream> OpenAsync(
        GatewayApplication gateway, GatewayUser user, HttpMethod method, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway.Address, "mcp"))
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", user.Token);
        request.Headers.Add("Accept", "application/json, text/event-stream");
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }
        var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new McpEventStream(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>Waits for the first line, which shows that the stream reads the inbox.</summary>
    public async Task OpenedAsync() => Assert.NotNull(await LineAsync());

    /// <summary>The parameters of the next message, which must be of a method.</summary>
    public async Task<JsonElement> NextAsync(string method)
    {
        while (true)
        {
            // A stream ends after a while, and its client opens another.
            var line = await LineAsync() ?? throw new EndOfStreamException($"The stream ended before {method}.");
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                var message = JsonDocument.Parse(line["data: ".Length..]).RootElement;
                Assert.Equal(method, message.Text("method"));
                return message.At("params");
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<string?> LineAsync() => _reader.ReadLineAsync().WaitAsync(s_timeout);
}
