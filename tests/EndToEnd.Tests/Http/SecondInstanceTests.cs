using System.Net;

namespace McpFunctions.EndToEnd.Tests.Http;

[Collection(SecondInstance.Name)]
public sealed class SecondInstanceTests(GatewayApplication gateway, SecondInstance instance)
{
    [Fact]
    public async Task Files_of_another_user_are_not_found_on_any_route_of_any_instance()
    {
        var second = instance.Gateway;
        var owner = await second.LoginAsync();
        var stranger = await gateway.LoginAsync();
        Assert.NotEqual(owner.Id, stranger.Id);
        var file = await owner.UploadAsync("private.txt");
        var id = file.Text("id");
        var before = await owner.WhatIsThereAsync();

        await FileRoutes.AssertNotFoundAsync(stranger, id);
        // The same response as for an unknown id, so that nobody learns which ids exist.
        var foreign = await stranger.GetAsync($"files/{id}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        var unknown = await stranger.GetAsync($"files/{Guid.NewGuid()}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        Assert.Equal(unknown.Text("detail"), foreign.Text("detail"));
        Assert.DoesNotContain(await stranger.FilesAsync(), listed => listed.Text("id") == id);
        Assert.DoesNotContain(await stranger.NotificationsAsync(), told => told.Text("payload", "fileId") == id);
        Assert.DoesNotContain((await stranger.ContextAsync()).Items("files"), known => known.Text("fileId") == id);

        Assert.Equal(before, await owner.WhatIsThereAsync());
        Assert.Equal(file.ToString(), (await owner.GetAsync($"files/{id}").JsonAsync()).ToString());

        // Both instances get every event, and each has its effect once.
        Assert.Single(await owner.AuditOfAsync(id, 1));
        Assert.Single(await owner.NotificationsOfAsync(id, 1));
    }

    [Fact]
    public async Task A_file_over_the_limit_of_the_settings_is_refused_and_nothing_is_stored()
    {
        var second = instance.Gateway;
        var user = await second.LoginAsync();
        var id = (await user.PostRawAsync("limit.bin", new byte[1000]).JsonAsync(HttpStatusCode.Created)).Text("id");
        var before = await user.WhatIsThereAsync();

        await user.PostRawAsync("over.bin", new byte[1001]).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "content-too-large");
        await user.PostFormAsync(("one.bin", new byte[1000]), ("over.bin", new byte[1001]))
            .ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "content-too-large");
        await user.PutContentAsync(id, new byte[1001]).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "content-too-large");

        Assert.Equal(before, await user.WhatIsThereAsync());
    }
}
