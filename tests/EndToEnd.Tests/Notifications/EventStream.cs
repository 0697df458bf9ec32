using System.Net;
using System.Threading.Channels;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Notifications;

/// <summary>A client of server-sent events (HTML, section 9.2), which reads until the stream ends.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Channel<Dictionary<string, string>> _events = Channel.CreateUnbounded<Dictionary<string, string>>();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task _reading;

    private EventStream(HttpResponseMessage response)
    {
        _response = response;
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>The response.</summary>
    public HttpResponseMessage Response => _response;

    /// <summary>The number of comment lines.</summary>
    public int Comments { get; private set; }

    /// <summary>The number of retry lines.</summary>
    public int Retries { get; private set; }

    /// <summary>Completes at the end of the stream; fails when the connection broke.</summary>
    public Task Ended => _reading;

    /// <summary>Opens a stream; its status must be 200.</summary>
    public static async Task<EventStream> OpenAsync(Uri address, params (string Name, string Value)[] headers)
    {
        var http = new HttpClient { Timeout = Eventually.DefaultDeadline };
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventStream(response);
    }

    /// <summary>Opens a user's stream.</summary>
    public static Task<EventStream> OpenAsync(GatewayApplication gateway, GatewayUser user, string query = "", params (string Name, string Value)[] headers) =>
        OpenAsync(new Uri(gateway.Address, $"notifications/stream{query}"), [("Authorization", $"Bearer {user.Token}"), .. headers]);

    /// <summary>The next event; it throws when the stream ends first, as it does where the machine is busy for as long as the stream lives.</summary>
    public Task<Dictionary<string, string>> NextAsync() =>
        _events.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.DefaultDeadline);

    /// <summary>Waits for the end, and returns the events that are left.</summary>
    public async Task<List<Dictionary<string, string>>> RestAsync()
    {
        await Ended;
        List<Dictionary<string, string>> rest = [];
        while (_events.Reader.TryRead(out var one))
        {
            rest.Add(one);
        }
        return rest;
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _response.Dispose();
        _disposed.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await ReadLinesAsync();
        }
        finally
        {
            _events.Writer.Complete();
        }
    }

    private async Task ReadLinesAsync()
    {
        using var reader = new StreamReader(await _response.Content.ReadAsStreamAsync(_disposed.Token));
        Dictionary<string, string> current = [];
        while (await reader.ReadLineAsync(_disposed.Token) is { } line)
        {
            if (line.Length == 0)
            {
                if (current.ContainsKey("data"))
                {
                    await _events.Writer.WriteAsync(current);
                }
                current = [];
            }
            else if (line.StartsWith(':'))
            {
                Comments++;
            }
            else
            {
                var field = line.Split(": ", 2);
                Retries += field[0] == "retry" ? 1 : 0;
                current[field[0]] = field[1];
            }
        }
    }
}
