using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Delivery;

namespace McpFunctions.Functions.Files;

/// <summary>The bytes of files, in the blob container <c>files</c>; it is created when it is first needed.</summary>
public sealed class BlobFileContent : IFileContent
{
    // Large enough for a fast upload, small enough that a 100 MB file is never in memory once more.
    private const int BlockBytes = 4 * 1024 * 1024;

    private readonly BlobContainerClient container;
    private Task? created;

    /// <summary>Makes the client; nothing is connected yet.</summary>
    /// <param name="connectionString">An Azure Storage connection string.</param>
    /// <param name="timeout">How long storage may take for one block, or one stretch of a download; not for a whole file. Each is tried once more.</param>
    public BlobFileContent(string connectionString, TimeSpan timeout)
    {
        var options = new BlobClientOptions();
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = 1;
        options.Retry.Delay = TimeSpan.FromMilliseconds(100);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(1);
        options.Retry.NetworkTimeout = timeout;
        container = new BlobServiceClient(connectionString, options).GetBlobContainerClient("files");
    }

    /// <summary>Asks for a sign of life.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When storage has answered.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    /// <exception cref="RequestFailedException">Storage refuses.</exception>
    public Task ProbeAsync(CancellationToken cancellationToken) => StorageCall.RunAsync(() => container.ExistsAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task WriteAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        await EnsureContainerAsync(cancellationToken);
        var options = new BlobUploadOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            TransferOptions = new StorageTransferOptions
            {
                InitialTransferSize = BlockBytes,
                MaximumTransferSize = BlockBytes,
                MaximumConcurrency = 2,
            },
        };
        await StorageCall.RunAsync(() => container.GetBlobClient(name).UploadAsync(content, options, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(string name, long offset, long length, CancellationToken cancellationToken)
    {
        if (length == 0)
        {
            return Stream.Null;
        }

        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(offset, length) };
            Response<BlobDownloadStreamingResult> found = await StorageCall.RunAsync(
                () => container.GetBlobClient(name).DownloadStreamingAsync(options, cancellationToken), cancellationToken);
            return found.Value.Content;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        StorageCall.RunAsync(() => container.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await EnsureContainerAsync(cancellationToken);
        await using IAsyncEnumerator<BlobItem> blobs = container
            .GetBlobsAsync(cancellationToken: cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (await StorageCall.RunAsync(() => blobs.MoveNextAsync().AsTask(), cancellationToken))
        {
            if (blobs.Current.Properties.CreatedOn < before)
            {
                yield return blobs.Current.Name;
            }
        }
    }

    // Not under a caller's token: others wait for the same creation.
    private Task EnsureContainerAsync(CancellationToken cancellationToken)
    {
        Task creation = created is { IsFaulted: false, IsCanceled: false } running
            ? running
            : created = StorageCall.RunAsync(() => container.CreateIfNotExistsAsync(), CancellationToken.None);
        return creation.WaitAsync(cancellationToken);
    }
}
