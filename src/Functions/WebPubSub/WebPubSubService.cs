using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Identity;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Settings;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpFunctions.Functions.WebPubSub;

/// <summary>The REST interface of Azure Web PubSub, version 2024-12-01. Its .NET package is not needed for four requests.</summary>
/// <param name="endpoint">The service; null if the gateway has none.</param>
/// <param name="hub">The hub.</param>
/// <param name="credential">The identity; null with an access key.</param>
/// <param name="time">The clock.</param>
public sealed class WebPubSubService(WebPubSubEndpoint? endpoint, string hub, TokenCredential? credential, TimeProvider time) : IDisposable
{
    /// <summary>The dependency's name in <see cref="DependencyUnavailableException"/>.</summary>
    public const string Dependency = "webpubsub";

    private const string Version = "2024-12-01";

    private static readonly string[] Scopes = ["https://webpubsub.azure.com/.default"];

    // How long a client has to connect.
    private static readonly TimeSpan ClientTokenLifetime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan RequestTokenLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(5) };

    private readonly JsonWebTokenHandler tokens = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>The limit of a request. A test on a slow machine needs a longer one.</summary>
    internal TimeSpan Timeout { set => http.Timeout = value; }

    /// <summary>Whether the gateway has a service.</summary>
    public bool IsUsed => endpoint is not null;

    /// <summary>Makes the URL at which a client of a user connects.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The URL, and the time until which the client must connect.</returns>
    /// <exception cref="DependencyUnavailableException">The service, or the identity's tokens, cannot be had.</exception>
    public async Task<(Uri Url, DateTimeOffset ExpiresAt)> ClientUrlAsync(string userId, CancellationToken cancellationToken)
    {
        string user = KeyPart.Of(userId);
        DateTimeOffset expiresAt = Timestamps.ToMilliseconds(time.GetUtcNow() + ClientTokenLifetime);
        var address = new Uri(endpoint!.Address, $"client/hubs/{hub}");
        string token = credential is null ? Sign(address.AbsoluteUri, user, ClientTokenLifetime) : await GenerateTokenAsync(user, cancellationToken);
        string scheme = address.Scheme == Uri.UriSchemeHttps ? "wss" : "ws";
        return (new UriBuilder(address) { Scheme = scheme, Port = address.Port, Query = $"access_token={Uri.EscapeDataString(token)}" }.Uri, expiresAt);
    }

    /// <summary>Sends JSON to all connections of a user.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="json">The message.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">The service did not take it; a later try may help.</exception>
    /// <exception cref="HttpRequestException">The service refused it.</exception>
    public async Task SendAsync(string userId, byte[] json, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using HttpResponseMessage response = await PostAsync($"users/{KeyPart.Of(userId)}/:send", "", content, cancellationToken);
    }

    /// <summary>Closes all connections of a user.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <inheritdoc cref="SendAsync" path="/exception"/>
    public async Task CloseAsync(string userId, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await PostAsync($"users/{KeyPart.Of(userId)}/:closeConnections", "&reason=credential-ended", null, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    // With an identity, only the service can sign tokens for clients.
    private async Task<string> GenerateTokenAsync(string user, CancellationToken cancellationToken)
    {
        string query = string.Create(CultureInfo.InvariantCulture, $"&userId={user}&minutesToExpire={ClientTokenLifetime.TotalMinutes:F0}");
        using HttpResponseMessage response = await PostAsync(":generateToken", query, null, cancellationToken);
        try
        {
            JsonElement body = await response.Content.ReadFromJsonAsync(WebPubSubJsonContext.Default.JsonElement, cancellationToken);
            return body.GetProperty("token").GetString()!;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or HttpRequestException)
        {
            throw new DependencyUnavailableException(Dependency, exception);
        }
    }

    private async Task<HttpResponseMessage> PostAsync(string action, string query, HttpContent? content, CancellationToken cancellationToken)
    {
        var address = new Uri(endpoint!.Address, $"api/hubs/{hub}/{action}?api-version={Version}{query}");
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        try
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(address, cancellationToken));
            HttpResponseMessage response = await http.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                var refused = new HttpRequestException($"Azure Web PubSub answered {(int)response.StatusCode}.", null, response.StatusCode);
                throw (int)response.StatusCode is 408 or 429 or >= 500 ? new DependencyUnavailableException(Dependency, refused) : refused;
            }
        }
        catch (Exception exception) when (
            exception is HttpRequestException { StatusCode: null } or AuthenticationFailedException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new DependencyUnavailableException(Dependency, exception);
        }
    }

    private async Task<string> TokenAsync(Uri address, CancellationToken cancellationToken) => credential is null
        ? Sign(address.AbsoluteUri, null, RequestTokenLifetime)
        : (await credential.GetTokenAsync(new TokenRequestContext(Scopes), cancellationToken)).Token;

    private string Sign(string audience, string? subject, TimeSpan lifetime)
    {
        DateTimeOffset now = time.GetUtcNow();
        return tokens.CreateToken(new SecurityTokenDescriptor
        {
            Audience = audience,
            IssuedAt = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            Claims = subject is null ? [] : new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = subject },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(endpoint!.Key!)), SecurityAlgorithms.HmacSha256),
        });
    }
}
