using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpFunctions.TestServers;

/// <summary>The endpoint from which an app in App Service gets the tokens of its managed identity.</summary>
public sealed class TokenEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
    private readonly ConcurrentQueue<(string Resource, string Token)> _issued = [];

    private TokenEndpoint()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(RespondAsync);
    }

    /// <summary>The identity that the user assigned. Another one, or none, gets no token.</summary>
    public string ClientId { get; } = Guid.NewGuid().ToString();

    /// <summary>The time that a token is valid.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Makes a token known to the service that it is for, before the app gets it.</summary>
    public Func<string, string, Task> Issuing { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>The tokens so far, oldest first, with the resource that each is for.</summary>
    public IReadOnlyList<(string Resource, string Token)> Issued => [.. _issued];

    /// <summary>The environment of an app with this identity.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["IDENTITY_ENDPOINT"] = $"{_app.Urls.Single()}/msi/token",
        ["IDENTITY_HEADER"] = _secret,
    };

    /// <summary>Starts an endpoint.</summary>
    public static async Task<TokenEndpoint> StartAsync(TimeSpan lifetime)
    {
        var endpoint = new TokenEndpoint { Lifetime = lifetime };
        await endpoint._app.StartAsync().ConfigureAwait(false);
        return endpoint;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task RespondAsync(HttpContext context)
    {
        if (context.Request.Headers["X-IDENTITY-HEADER"] != _secret || context.Request.Query["resource"] is not [{ } resource] || context.Request.Query["client_id"] != ClientId)
        {
            context.Response.StatusCode = (int)HttpStatusCode.Unauthorized;
            return;
        }
        var now = DateTimeOffset.UtcNow;
        var expiresOn = (now + Lifetime).ToUnixTimeSeconds();
        var token = $"{Part(new { alg = "none", typ = "JWT" })}.{Part(new
        {
            aud = resource,
            iss = "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
            iat = now.ToUnixTimeSeconds(),
            nbf = now.ToUnixTimeSeconds(),
            exp = expiresOn,
            jti = Guid.NewGuid(),
        })}.{Base64Url(RandomNumberGenerator.GetBytes(32))}";
        await Issuing(resource, token).ConfigureAwait(false);
        _issued.Enqueue((resource, token));
        await context.Response.WriteAsJsonAsync(new
        {
            access_token = token,
            expires_on = expiresOn.ToString(CultureInfo.InvariantCulture),
            resource,
            token_type = "Bearer",
        }).ConfigureAwait(false);
    }

    private static string Part(object json) => Base64Url(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(json)));

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
