using Azure.Core;
using Azure.Data.Tables;
using Azure.Storage.Blobs;

namespace McpFunctions.Functions.Storage;

/// <summary>How storage is reached: with a connection string, or with the tokens of an identity.</summary>
public sealed class StorageConnection
{
    private readonly Func<TableClientOptions, TableServiceClient> tables;
    private readonly Func<BlobClientOptions, BlobServiceClient> blobs;

    /// <summary>Reaches storage with a connection string.</summary>
    /// <param name="connectionString">An Azure Storage connection string.</param>
    public StorageConnection(string connectionString)
    {
        tables = options => new TableServiceClient(connectionString, options);
        blobs = options => new BlobServiceClient(connectionString, options);
    }

    /// <summary>Reaches storage with the tokens of an identity.</summary>
    /// <param name="blobAddress">The address of the blobs.</param>
    /// <param name="tableAddress">The address of the tables.</param>
    /// <param name="credential">The identity.</param>
    public StorageConnection(Uri blobAddress, Uri tableAddress, TokenCredential credential)
    {
        tables = options => new TableServiceClient(tableAddress, credential, options);
        blobs = options => new BlobServiceClient(blobAddress, credential, options);
    }

    /// <summary>Makes a client for tables.</summary>
    /// <param name="options">The client's options.</param>
    /// <returns>The client. It connects later.</returns>
    public TableServiceClient Tables(TableClientOptions options) => tables(options);

    /// <summary>Makes a client for blobs.</summary>
    /// <param name="options">The client's options.</param>
    /// <returns>The client. It connects later.</returns>
    public BlobServiceClient Blobs(BlobClientOptions options) => blobs(options);
}
