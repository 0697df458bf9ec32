using System.Net;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Outages;

[Collection(StoppableApplication.Name)]
public sealed class StorageOutageTests(StoppableApplication application)
{
    // Every call has a deadline of its own, far below this one.
    private static readonly TimeSpan s_responseTimeout = Eventually.DefaultDeadline;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_storage_is_down_every_route_says_so_without_hanging_and_afterwards_works_again(bool frozen)
    {
        var gateway = application.Gateway;
        var azurite = gateway.Azurite;
        var user = gateway.NewUser();
        var file = await user.UploadAsync("before.txt");
        var id = file.Text("id");
        var before = await user.WhatIsThereAsync();

        if (frozen)
        {
            azurite.Freeze();
        }
        else
        {
            await azurite.StopAsync();
        }
        var responses = await Task.WhenAll(
            user.PostRawAsync("new.txt", "content"u8.ToArray()),
            user.PostFormAsync(("one.txt", "content"u8.ToArray()), ("two.txt", "content"u8.ToArray())),
            user.GetAsync("files"),
            user.GetAsync($"files/{id}"),
            user.GetAsync($"files/{id}/content"),
            user.GetAsync($"files/{id}/history"),
            user.PutContentAsync(id, "content"u8.ToArray()),
            user.PatchAsync(id, """{"filename": "new.txt"}"""),
            user.DeleteAsync(id),
            user.GetAsync("audit"),
            user.GetAsync("notifications"),
            gateway.PostLoginAsync(gateway.AdminUsername, gateway.AdminPassword)).WaitAsync(s_responseTimeout, TestContext.Current.CancellationToken);
        foreach (var response in responses)
        {
            var problem = await Task.FromResult(response).ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
            Assert.Contains("storage", problem.Text("detail"), StringComparison.Ordinal);
            Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }
        if (frozen)
        {
            azurite.Thaw();
        }
        else
        {
            await azurite.StartAgainAsync();
        }
        await Eventually.UntilAsync(async () =>
        {
            await user.DownloadAsync(id);
            await user.NotificationsAsync();
            return true;
        });
        // An upload with an unknown outcome must not appear later, half done.
        Assert.Equal(before, await user.WhatIsThereAsync());
    }
}
