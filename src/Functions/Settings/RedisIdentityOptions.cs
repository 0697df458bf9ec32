using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace McpFunctions.Functions.Settings;

/// <summary>
/// Redis by identity, instead of the connection string <c>RedisConnection</c>. Set <c>redisHostName</c> and <c>principalId</c>. The gateway
/// and the Redis triggers sign in with tokens of Microsoft Entra ID, over TLS.
/// </summary>
public sealed class RedisIdentityOptions : ConnectionIdentity, IValidateOptions<RedisIdentityOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "RedisConnection";

    /// <summary>
    /// The host of Redis, with its port unless that is 6380. Azure Managed Redis has port 10000:
    /// <c>contoso.westeurope.redis.azure.net:10000</c>.
    /// </summary>
    [ConfigurationKeyName("redisHostName")]
    public string? RedisHostName { get; set; }

    /// <summary>The object id (principal id) of the identity. It is the name of the user in Redis.</summary>
    [ConfigurationKeyName("principalId")]
    public string? PrincipalId { get; set; }

    /// <summary>Whether Redis is reached by identity.</summary>
    public bool IsUsed => RedisHostName is not null;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RedisIdentityOptions options)
    {
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Problems(RedisIdentityOptions options)
    {
        if (options is { RedisHostName: null, PrincipalId: null, Credential: null, ClientId: null, TenantId: null, ClientSecret: null })
        {
            yield break;
        }

        if (!IsHost(options.RedisHostName))
        {
            yield return $"Set {Section}__redisHostName to the host of Redis and its port, for example 'contoso.westeurope.redis.azure.net:10000', "
                + "without a user, a password or ssl=false. Tokens are sent only over TLS.";
        }

        if (string.IsNullOrWhiteSpace(options.PrincipalId))
        {
            yield return $"Set {Section}__principalId to the object id (principal id) of the identity that signs in to Redis.";
        }
    }

    private static bool IsHost(string? text)
    {
        // The Redis triggers read it as a configuration, so it may hold more than a host.
        if (string.IsNullOrWhiteSpace(text) || text.Contains("://", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            ConfigurationOptions parsed = ConfigurationOptions.Parse(text);
            parsed.Defaults = new TlsUnlessRefused();
            return parsed is { EndPoints.Count: > 0, User: null, Password: null, Ssl: true };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed class TlsUnlessRefused : DefaultOptionsProvider
    {
        public override bool GetDefaultSsl(EndPointCollection endPoints) => true;
    }
}
