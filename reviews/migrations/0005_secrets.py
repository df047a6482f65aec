from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("reviews", "0004_line_comments")]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="secrets",
            field=models.JSONField(default=list),
        ),
    ]
