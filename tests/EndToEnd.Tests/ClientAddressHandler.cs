using System.Net;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>
/// Gives each request its own client address, as a proxy does: failed logins of one test must not lock the address of another.
/// </summary>
public sealed class ClientAddressHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string Header = "X-Forwarded-For";

    private static int s_last;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Headers.Contains(Header))
        {
            request.Headers.Add(Header, Next());
        }
        return base.SendAsync(request, cancellationToken);
    }

    // From 10.0.0.0/8, which no test uses as its address.
    private static string Next()
    {
        var number = (uint)Interlocked.Increment(ref s_last);
        return new IPAddress([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]).ToString();
    }
}
