using System.Net;

namespace McpFunctions.Bench.Gateways;

/// <summary>Sends a request again while the response is 503: one stall of a loaded machine must not end a run. The time counts.</summary>
internal sealed class UnavailableRetryHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        while (true)
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                return response;
            }

            response.Dispose();
            Progress.Say($"{request.Method} {request.RequestUri!.AbsolutePath} got a 503, so the client sends it again");
            await Task.Delay(s_pause, cancellationToken);
        }
    }
}
