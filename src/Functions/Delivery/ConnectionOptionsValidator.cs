using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>Checks at start that Redis and storage are named in a form that can be read. Whether they can be reached shows later.</summary>
public sealed class ConnectionOptionsValidator : IValidateOptions<ConnectionOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ConnectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Problems(ConnectionOptions options)
    {
        if (!CanRead(() => ConfigurationOptions.Parse(options.RedisConnection).EndPoints.Count > 0))
        {
            yield return "Set RedisConnection to a StackExchange.Redis configuration, for example 'localhost:6380,abortConnect=false'.";
        }

        if (!CanRead(() => new TableServiceClient(options.AzureWebJobsStorage) is not null && new BlobServiceClient(options.AzureWebJobsStorage) is not null))
        {
            yield return "Set AzureWebJobsStorage to an Azure Storage connection string; 'UseDevelopmentStorage=true' names Azurite on its usual ports.";
        }

        if (options.StorageTimeout < TimeSpan.FromSeconds(1) || options.StorageTimeout > TimeSpan.FromMinutes(1))
        {
            yield return "Set StorageTimeout to a time from 00:00:01 to 00:01:00, or leave it out for 00:00:03.";
        }
    }

    // The parsers' own messages may quote what they could not read, keys included.
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
