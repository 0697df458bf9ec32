using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Settings;

/// <summary>
/// Storage by identity, instead of the connection string <c>AzureWebJobsStorage</c>. Set <c>accountName</c>, or <c>blobServiceUri</c> and
/// <c>tableServiceUri</c>. The identity needs the roles Storage Blob Data Owner and Storage Table Data Contributor.
/// </summary>
public sealed partial class StorageIdentityOptions : ConnectionIdentity, IValidateOptions<StorageIdentityOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "AzureWebJobsStorage";

    /// <summary>The name of the storage account, in the public cloud of Azure.</summary>
    [ConfigurationKeyName("accountName")]
    public string? AccountName { get; set; }

    /// <summary>The address of the blobs, instead of <c>accountName</c>: <c>https://contoso.blob.core.windows.net</c>.</summary>
    [ConfigurationKeyName("blobServiceUri")]
    [SuppressMessage("Design", "CA1056", Justification = "A wrong address needs a clear error, which a binder that reads a Uri does not give.")]
    public string? BlobServiceUri { get; set; }

    /// <summary>The address of the tables, instead of <c>accountName</c>: <c>https://contoso.table.core.windows.net</c>.</summary>
    [ConfigurationKeyName("tableServiceUri")]
    [SuppressMessage("Design", "CA1056", Justification = "As above.")]
    public string? TableServiceUri { get; set; }

    /// <summary>The address of the queues. The gateway uses none; the Functions host may.</summary>
    [ConfigurationKeyName("queueServiceUri")]
    [SuppressMessage("Design", "CA1056", Justification = "As above.")]
    public string? QueueServiceUri { get; set; }

    /// <summary>Whether storage is reached by identity.</summary>
    public bool IsUsed => Blobs is not null || Tables is not null;

    /// <summary>The address of the blobs; null without these settings.</summary>
    public Uri? Blobs => AddressOf(BlobServiceUri, "blob");

    /// <summary>The address of the tables; null without these settings.</summary>
    public Uri? Tables => AddressOf(TableServiceUri, "table");

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StorageIdentityOptions options)
    {
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Problems(StorageIdentityOptions options)
    {
        if (options.AccountName is { } account && !AccountNames().IsMatch(account))
        {
            yield return $"Set {Section}__accountName to the name of a storage account: 3 to 24 small letters and digits.";
        }

        (string Name, string? Value)[] addresses =
            [("blobServiceUri", options.BlobServiceUri), ("tableServiceUri", options.TableServiceUri), ("queueServiceUri", options.QueueServiceUri)];
        foreach ((string name, string? value) in addresses)
        {
            if (value is not null && !IsAddress(value))
            {
                yield return $"Set {Section}__{name} to an address that begins with https:// and has neither a key nor a query. Tokens are sent only over TLS.";
            }
        }

        bool isAny = options is not { AccountName: null, Credential: null, ClientId: null, TenantId: null, ClientSecret: null } || addresses.Any(each => each.Value is not null);
        if (isAny && options.AccountName is null && (options.BlobServiceUri is null || options.TableServiceUri is null))
        {
            yield return $"Set {Section}__accountName to the name of the storage account, or both {Section}__blobServiceUri and {Section}__tableServiceUri to its addresses.";
        }
    }

    private Uri? AddressOf(string? address, string service) => address is not null
        ? new Uri(address)
        : AccountName is null ? null : new Uri($"https://{AccountName}.{service}.core.windows.net");

    private static bool IsAddress(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "https", Query: "", Fragment: "", UserInfo: "" };

    [GeneratedRegex("^[a-z0-9]{3,24}$")]
    private static partial Regex AccountNames();
}
