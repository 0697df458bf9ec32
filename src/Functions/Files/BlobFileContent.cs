using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Files;

/// <summary>Stores the bytes of files in the blob container <c>files</c>, which it creates when needed.</summary>
public sealed class BlobFileContent : IFileContent
{
    // Each upload holds one block; Kestrel receives the next megabyte meanwhile. Twenty uploads at once take 60 MB.
    private const int BlockBytes = 2 * 1024 * 1024;

    // Most files fit into this size, so they do not take a whole block.
    private const int SmallBytes = 64 * 1024;

    private const string Container = "files";

    private readonly BlobContainerClient container;
    private Task? created;

    /// <summary>Makes the client. It connects later.</summary>
    /// <param name="connection">How storage is reached.</param>
    /// <param name="timeout">The time for one block or one part of a download, not for a whole file. The client tries each a second time.</param>
    public BlobFileContent(StorageConnection connection, TimeSpan timeout)
    {
        var options = new BlobClientOptions();
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = 1;
        options.Retry.Delay = TimeSpan.FromMilliseconds(100);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(1);
        options.Retry.NetworkTimeout = timeout;
        options.AddPolicy(new StorageCallPolicy(StorageCallPolicy.Blobs, Container), HttpPipelinePosition.PerCall);
        container = connection.Blobs(options).GetBlobContainerClient(Container);
    }

    /// <summary>Checks that storage answers.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    /// <exception cref="RequestFailedException">Storage refuses the request.</exception>
    public Task ProbeAsync(CancellationToken cancellationToken) => StorageCall.RunAsync(() => container.ExistsAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReceivedContent> ReceiveAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        await EnsureContainerAsync(cancellationToken);
        BlockBlobClient blob = container.GetBlockBlobClient(name);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SmallBytes);
        int filled = await content.ReadAtLeastAsync(buffer.AsMemory(0, SmallBytes), SmallBytes, throwOnEndOfStream: false, cancellationToken);
        if (filled < SmallBytes)
        {
            return new BufferedContent(blob, buffer, filled);
        }

        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        buffer.AsSpan(0, filled).CopyTo(block);
        ArrayPool<byte>.Shared.Return(buffer);
        filled += await content.ReadAtLeastAsync(
            block.AsMemory(filled, BlockBytes - filled), BlockBytes - filled, throwOnEndOfStream: false, cancellationToken);
        if (filled < BlockBytes)
        {
            // At once, since a block is too large to keep until all files of the request have arrived.
            var single = new BufferedContent(blob, block, filled);
            await single.StoreAsync(cancellationToken);
            return single;
        }

        await WriteBlocksAsync(blob, block, content, cancellationToken);
        // Return the buffer only after success: after a failure, the client may still be sending it.
        ArrayPool<byte>.Shared.Return(block);
        return new StoredContent();
    }

    /// <inheritdoc/>
    public Stream Open(string name, long length) => new BlobContentStream(container.GetBlobClient(name), length);

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        StorageCall.RunAsync(() => container.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await EnsureContainerAsync(cancellationToken);
        await foreach (BlobItem blob in StorageCall.EachAsync(container.GetBlobsAsync(cancellationToken: cancellationToken), cancellationToken))
        {
            if (blob.Properties.CreatedOn < before)
            {
                yield return blob.Name;
            }
        }
    }

    private static async Task CommitAsync(Func<Task<Response<BlobContentInfo>>> commit, CancellationToken cancellationToken)
    {
        try
        {
            await StorageCall.RunAsync(commit, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // No other request has this name: the SDK's first try succeeded, and only its response was lost.
        }
    }

    private static BlobRequestConditions NotThere => new() { IfNoneMatch = ETag.All };

    // The buffer holds the first block.
    private static async Task WriteBlocksAsync(BlockBlobClient blob, byte[] buffer, Stream content, CancellationToken cancellationToken)
    {
        List<string> blocks = [];
        try
        {
            for (int filled = BlockBytes; filled > 0;)
            {
                string id = Convert.ToBase64String(Encoding.ASCII.GetBytes(blocks.Count.ToString("D6", CultureInfo.InvariantCulture)));
                int length = filled;
                await StorageCall.RunAsync(
                    () => blob.StageBlockAsync(id, new MemoryStream(buffer, 0, length), cancellationToken: cancellationToken), cancellationToken);
                blocks.Add(id);
                filled = await content.ReadAtLeastAsync(buffer.AsMemory(0, BlockBytes), BlockBytes, throwOnEndOfStream: false, cancellationToken);
            }

            var options = new CommitBlockListOptions { Conditions = NotThere };
            await CommitAsync(() => blob.CommitBlockListAsync(blocks, options, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (exception is not DependencyUnavailableException && blocks.Count > 0)
        {
            await DropBlocksAsync(blob);
            throw;
        }
    }

    // Storage keeps uncommitted blocks for a week. Committing an empty list drops them, and the caller deletes the empty blob.
    private static async Task DropBlocksAsync(BlockBlobClient blob)
    {
        try
        {
            await blob.CommitBlockListAsync([], new CommitBlockListOptions { Conditions = NotThere }, CancellationToken.None);
        }
        catch (Exception exception) when (exception is RequestFailedException || StorageCall.IsOutage(exception))
        {
            // Storage drops the blocks within a week.
        }
    }

    private sealed class BufferedContent(BlockBlobClient blob, byte[] buffer, int length) : IReceivedContent
    {
        private bool isStored;

        public async Task StoreAsync(CancellationToken cancellationToken)
        {
            if (!isStored)
            {
                var options = new BlobUploadOptions { Conditions = NotThere };
                await CommitAsync(() => blob.UploadAsync(new MemoryStream(buffer, 0, length), options, cancellationToken), cancellationToken);
                isStored = true;
                // Only after success: after a failure, the client may still be sending it.
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private sealed class StoredContent : IReceivedContent
    {
        public Task StoreAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    // Without the caller's token, since other callers wait for the same creation.
    private Task EnsureContainerAsync(CancellationToken cancellationToken)
    {
        Task creation = created is { IsFaulted: false, IsCanceled: false } running
            ? running
            : created = StorageCall.RunAsync(() => container.CreateIfNotExistsAsync(), CancellationToken.None);
        return creation.WaitAsync(cancellationToken);
    }
}
