using System.Globalization;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Settings;

/// <summary>
/// Checks at start that the settings for Redis and storage are valid, and that each is a connection string or an identity, not both. It does
/// not connect.
/// </summary>
/// <param name="configuration">The settings.</param>
public sealed partial class ConnectionOptionsValidator(IConfiguration configuration) : IValidateOptions<ConnectionOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ConnectionOptions options)
    {
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> Problems(ConnectionOptions options)
    {
        IConfigurationSection[] redis = [.. configuration.GetSection(RedisIdentityOptions.Section).GetChildren()];
        IConfigurationSection storageSection = configuration.GetSection(StorageIdentityOptions.Section);
        IConfigurationSection[] storage = [.. storageSection.GetChildren()];
        if (redis.Length > 0)
        {
            if (!string.IsNullOrWhiteSpace(options.RedisConnection))
            {
                yield return Both(nameof(options.RedisConnection), redis);
            }
        }
        else if (ProblemOfRedis(options.RedisConnection) is { } problem)
        {
            yield return problem;
        }

        if (storage.Length > 0)
        {
            // The Functions host takes an empty connection string for one.
            if (storageSection.Value is not null)
            {
                yield return Both(nameof(options.AzureWebJobsStorage), storage);
            }
        }
        else if (!CanRead(() => new TableServiceClient(options.AzureWebJobsStorage) is not null && new BlobServiceClient(options.AzureWebJobsStorage) is not null))
        {
            yield return "Set AzureWebJobsStorage to an Azure Storage connection string; 'UseDevelopmentStorage=true' names Azurite on its usual ports. "
                + "Or set AzureWebJobsStorage__accountName to use an identity.";
        }

        if (!HubName().IsMatch(options.WebPubSubHub))
        {
            yield return "Set WebPubSubHub to the name of a hub: a letter, then at most 127 letters, digits or underscores.";
        }

        IConfigurationSection[] webPubSub = [.. configuration.GetSection(WebPubSubIdentityOptions.Section).GetChildren()];
        if (string.IsNullOrWhiteSpace(options.WebPubSubConnectionString))
        {
            yield break;
        }

        if (webPubSub.Length > 0)
        {
            yield return Both(nameof(options.WebPubSubConnectionString), webPubSub);
        }
        else if (WebPubSubEndpoint.Parse(options.WebPubSubConnectionString) is null)
        {
            yield return "Set WebPubSubConnectionString to the connection string of Azure Web PubSub, 'Endpoint=https://<name>.webpubsub.azure.com;AccessKey=<key>;Version=1.0;'. "
                + "Or set WebPubSubConnectionString__serviceUri to use an identity.";
        }
    }

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex HubName();

    private static string Both(string connection, IConfigurationSection[] identity) =>
        $"{connection} and {string.Join(", ", identity.Select(each => $"{connection}__{each.Key}"))} are set. Remove {connection}, also an empty one, to use an identity, "
        + $"or the others to use a connection string.";

    private static string? ProblemOfRedis(string connection)
    {
        if (connection.Contains("://", StringComparison.Ordinal))
        {
            // The Redis triggers read the same setting with StackExchange.Redis, which would take a URL as a host name.
            return $"Set RedisConnection to a StackExchange.Redis configuration, not to a URL: {FormOf(connection)}.";
        }

        return CanRead(() => ConfigurationOptions.Parse(connection).EndPoints.Count > 0)
            ? null
            : "Set RedisConnection to a StackExchange.Redis configuration, for example 'localhost:6380,abortConnect=false'. "
                + "Or set RedisConnection__redisHostName and RedisConnection__principalId to use an identity.";
    }

    // The same connection in the form of StackExchange.Redis, without the user and the password.
    private static string FormOf(string url)
    {
        // An unescaped '/' or '@' in the password would make a part of it the host.
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("redis" or "rediss") || uri.Host.Length == 0
            || url.Count(character => character == '@') != (uri.UserInfo.Length > 0 ? 1 : 0))
        {
            return "'<host>:<port>,user=<user>,password=<password>,ssl=true,defaultDatabase=<number>,abortConnect=false', without the parts that you do not need";
        }

        string form = $"{uri.Host}:{(uri.Port < 0 ? 6379 : uri.Port)}";
        if (uri.UserInfo.Length > 0)
        {
            form += uri.UserInfo.StartsWith(':') || !uri.UserInfo.Contains(':', StringComparison.Ordinal) ? ",password=<password>" : ",user=<user>,password=<password>";
        }

        if (uri.Scheme == "rediss")
        {
            form += ",ssl=true";
        }

        if (int.TryParse(uri.AbsolutePath.Trim('/'), NumberStyles.None, CultureInfo.InvariantCulture, out int database))
        {
            form += $",defaultDatabase={database}";
        }

        return $"'{form},abortConnect=false'";
    }

    // The messages of the parsers may quote the input, including keys.
    private static bool CanRead(Func<bool> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }
}
